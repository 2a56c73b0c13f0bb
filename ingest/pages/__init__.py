"""Pages as images and as text: what lies between a PDF, Tesseract and the text layer."""
