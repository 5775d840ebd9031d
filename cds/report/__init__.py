"""What a person reads: view models, figures, and the way from a template to HTML and PDF."""
