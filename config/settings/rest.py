"""The API: Django REST Framework, its tokens and its schema."""
