"""The reference desk: what a document cites and what cites it, lists of numbers looked up, hồ sơ by their titles."""
