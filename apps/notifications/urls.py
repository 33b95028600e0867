"""The public addresses of notifications."""

from django.urls import path

from apps.notifications import views

app_name = "notifications"
urlpatterns = [path("unsubscribe/<str:token>", views.subscription, name="unsubscribe")]
