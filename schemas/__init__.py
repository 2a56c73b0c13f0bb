"""What things are called and how they are shaped: values, codes, settings and words. No input or output."""
