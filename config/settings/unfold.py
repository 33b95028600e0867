"""The look of the admin site."""
