"""The organization of the context: nothing without one, never another's, forgotten at the end."""

import asyncio
import concurrent.futures
import contextvars
import threading
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse

from apps.accounts.middleware import OrganizationContextMiddleware
from apps.core.context import (
    OrganizationContextMissing,
    OrganizationMismatch,
    across_all_organizations,
    current_organization_id,
    enter_all_organizations,
    enter_organization,
    no_organization,
    organization_context,
    refuse_other_organization,
    required_scope,
)
from apps.marketplace.models import Customer
from tests.builders import make_customer

ONE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def test_outside_any_context_there_is_no_organization_and_asking_for_one_fails():
    assert current_organization_id() is None
    with pytest.raises(OrganizationContextMissing, match="organization_context"):
        required_scope()


def test_inside_a_context_its_organization_is_the_scope():
    with organization_context(ONE):
        assert current_organization_id() == required_scope() == ONE
    with pytest.raises(OrganizationContextMissing):
        required_scope()


def test_the_innermost_context_wins_and_the_outer_one_returns():
    with organization_context(ONE):
        with organization_context(OTHER):
            assert required_scope() == OTHER
            with across_all_organizations(reason="test"):
                assert required_scope() is None
                assert current_organization_id() is None
            assert required_scope() == OTHER
        assert required_scope() == ONE


@pytest.mark.parametrize("absent", [None, "", str(ONE), 0, False])
def test_an_absent_organization_never_opens_the_door_to_all(absent):
    with pytest.raises(TypeError, match="UUID"), organization_context(absent):
        pytest.fail("entered")
    with pytest.raises(TypeError, match="UUID"):
        enter_organization(absent)
    assert current_organization_id() is None


@pytest.mark.parametrize("reason", ["", "   "])
def test_platform_wide_work_states_its_reason(reason):
    with pytest.raises(ValueError, match="reason"), across_all_organizations(reason=reason):
        pytest.fail("entered")
    with pytest.raises(ValueError, match="reason"):
        enter_all_organizations(reason=reason)


@pytest.mark.parametrize(
    "block",
    [lambda: organization_context(ONE), lambda: across_all_organizations(reason="test"), no_organization],
)
def test_an_exception_leaves_the_context_as_it_was(block):
    with organization_context(OTHER):
        with pytest.raises(ZeroDivisionError), block():
            raise ZeroDivisionError
        assert required_scope() == OTHER


def test_what_is_entered_lasts_until_the_block_that_began_without_any_ends():
    with organization_context(OTHER):
        with no_organization():
            with pytest.raises(OrganizationContextMissing):
                required_scope()
            enter_organization(ONE)
            assert required_scope() == ONE
            enter_all_organizations(reason="test")
            assert required_scope() is None
        assert required_scope() == OTHER


def test_a_new_thread_begins_without_an_organization():
    def scope_of_thread():
        with pytest.raises(OrganizationContextMissing):
            required_scope()
        return current_organization_id()

    with organization_context(ONE), concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(scope_of_thread).result() is None


def test_threads_do_not_see_each_others_organization():
    def work(organization_id, meet):
        with organization_context(organization_id):
            meet.wait(timeout=60)
            return required_scope()

    meet = threading.Barrier(2)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = [pool.submit(work, organization_id, meet) for organization_id in (ONE, OTHER)]
        assert [result.result() for result in results] == [ONE, OTHER]


def test_a_reused_thread_keeps_nothing_of_its_last_request():
    answers = []

    def view(request):
        answers.append(current_organization_id())
        enter_organization(request)
        return HttpResponse()

    middleware = OrganizationContextMiddleware(view)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        for request in (ONE, OTHER):
            pool.submit(middleware, request).result()
        assert pool.submit(current_organization_id).result() is None
    assert answers == [None, None]


def test_the_middleware_forgets_after_an_exception_too():
    def view(request):
        enter_organization(ONE)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        OrganizationContextMiddleware(view)(None)
    with pytest.raises(OrganizationContextMissing):
        required_scope()


def test_a_streamed_answer_is_produced_without_an_organization_rather_than_with_a_wrong_one():
    def view(request):
        enter_organization(ONE)
        return StreamingHttpResponse(str(required_scope()) for _ in range(1))

    response = OrganizationContextMiddleware(view)(None)
    with organization_context(OTHER):
        assert b"".join(response) == str(OTHER).encode()  # the scope is the consumer's, so a stream enters its own
    response = OrganizationContextMiddleware(view)(None)
    with pytest.raises(OrganizationContextMissing):
        b"".join(response)


def test_tasks_of_one_event_loop_keep_their_own_organizations():
    async def work(organization_id, turns):
        with organization_context(organization_id):
            for _ in range(turns):
                await asyncio.sleep(0)
                assert required_scope() == organization_id
            return await sync_to_async(required_scope)()

    async def both():
        return await asyncio.gather(work(ONE, 5), work(OTHER, 3), work(ONE, 1))

    assert asyncio.run(both()) == [ONE, OTHER, ONE]
    assert current_organization_id() is None


def test_a_copied_context_carries_the_organization_and_changes_nothing_outside():
    with organization_context(ONE):
        copied = contextvars.copy_context()
    assert copied.run(required_scope) == ONE
    copied.run(enter_organization, OTHER)
    assert current_organization_id() is None


def test_a_generator_that_keeps_a_context_open_leaks_it_which_is_why_the_lint_forbids_it():
    def rows():
        with organization_context(ONE):
            yield 1
            yield 2

    with no_organization():
        generator = rows()
        next(generator)
        assert required_scope() == ONE
        generator.close()
        with pytest.raises(OrganizationContextMissing):
            required_scope()


def test_a_row_of_another_organization_is_refused_only_inside_a_context():
    refuse_other_organization(ONE)
    with across_all_organizations(reason="test"):
        refuse_other_organization(ONE)
    with organization_context(ONE):
        refuse_other_organization(ONE)
        with pytest.raises(OrganizationMismatch):
            refuse_other_organization(OTHER)


@pytest.mark.django_db
def test_a_queryset_keeps_the_organization_it_was_made_in(laundry, clinic):
    ours, theirs = make_customer(laundry), make_customer(clinic)
    with organization_context(laundry.pk):
        customers = Customer.objects.all()
    with organization_context(clinic.pk):
        assert list(customers) == [ours]
        assert list(Customer.objects.all()) == [theirs]
    assert list(customers.order_by("pk")) == [ours]
