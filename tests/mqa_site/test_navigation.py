import pytest

from mqa_site.navigation import current_url, find


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/accounts/imports/3/", "/accounts/imports/"),
        ("/accounts/7/", "/accounts/"),
        ("/accounts/", "/accounts/"),
        ("/elsewhere/", None),
    ],
)
def test_the_longest_address_that_a_page_lies_under_is_current(path, current):
    assert current_url(path, ["/", "/accounts/", "/accounts/imports/"]) == current


def test_the_first_page_is_current_only_at_its_own_address():
    assert current_url("/", ["/", "/accounts/"]) == "/"


def test_a_route_that_does_not_exist_has_no_address():
    assert find("nowhere:at_all") is None
    assert find("admin:index") == "/admin/"
