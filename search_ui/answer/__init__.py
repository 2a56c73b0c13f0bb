"""How a question is answered: conditions, order, relevance, the hits as they are shown, the words marked."""
