"""The job book: which document stands where, who holds it, what each step took."""
