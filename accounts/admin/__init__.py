"""Django's admin of companies, people and those who work the desk. Edits go through the room's actions."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.admin import companies, keys, people, users

__all__ = ["companies", "keys", "people", "users"]

admin.site.site_title = "MQA Desk"
admin.site.site_header = "MQA Desk"
admin.site.index_title = "Administration"
admin.site.empty_value_display = "–"
# One door: the desk's own sign-in, with its limits and second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# Roles say what people may do (accounts/roles.py), and a user has one address, on the user's own page.
# Sign-on is set from the environment, and what it keeps of people is nothing to edit.
admin.site.unregister([Group, EmailAddress, SocialAccount, SocialApp, SocialToken])
