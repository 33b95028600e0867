"""What a reader does with the dashboards, in a real browser."""

import re
from decimal import Decimal

from django.utils import timezone

from tests.analytics.records import refresh
from tests.browser.axe import serious
from tests.builders import make_order

TODAY = "[data-panel=today] [data-figure=order_count] .bw-figure-value"


def money(text):
    return Decimal(re.search(r"[\d,]+(?:\.\d+)?", text)[0].replace(",", ""))


def test_from_the_overview_to_the_orders_behind_a_bar(visit):
    page = visit()
    assert page.locator("h1").first.inner_text().strip() == "Overview"
    page.locator("[data-figure=total_revenue]").first.wait_for()

    page.select_option("[name=timeframe]", "7d")
    page.wait_for_url("**timeframe=7d**")
    assert "timeframe=7d" in page.url
    row = page.locator("[data-panel=top_partners] tbody tr").first
    partner, revenue = row.locator("th").inner_text(), money(row.locator("td").first.inner_text())

    row.locator("td a").first.click()
    page.wait_for_url("**/admin/metrics/total_revenue/**")
    assert money(page.locator("[data-explained]").inner_text()) == revenue
    assert partner in page.locator(".bw-chips").inner_text()
    rows = page.locator("[aria-labelledby=explained-rows] tbody tr")
    assert sum(money(text) for text in rows.locator("td:last-child").all_inner_texts()) == revenue

    page.get_by_role("link", name="Orders of these days").click()
    page.wait_for_url("**/admin/marketplace/order/**")
    shown = page.locator("#result_list tbody tr td[class*=total]").all_inner_texts()
    assert sum(money(text) for text in shown) == revenue


def test_a_point_of_the_chart_leads_to_its_day(visit):
    page = visit()
    chart = page.locator("[data-panel=trend] [data-chart]")
    chart.scroll_into_view_if_needed()
    link = page.evaluate(
        "() => JSON.parse(document.querySelector('[data-panel=trend] script').textContent).metrics[0].links[20]"
    )
    point = page.evaluate(
        """() => {
            const element = document.querySelector('[data-panel=trend] [data-chart]');
            const chart = echarts.getInstanceByDom(element);
            const {values} = JSON.parse(document.querySelector('[data-panel=trend] script').textContent).metrics[0];
            const [x, y] = chart.convertToPixel('grid', [20, values[20]]);
            const {left, top} = element.getBoundingClientRect();
            return [left + x, top + y];
        }"""
    )
    page.mouse.click(*point)
    page.wait_for_url("**/admin/metrics/total_revenue/**")
    assert page.url.endswith(link)


def test_another_metric_the_twin_and_sorting_work_by_keyboard(visit):
    page = visit()
    panel = page.locator("[data-panel=trend]")
    panel.get_by_role("button", name="Orders", exact=True).focus()
    page.keyboard.press("Enter")
    assert panel.get_by_role("button", name="Orders", exact=True).get_attribute("aria-pressed") == "true"
    panel.locator(".bw-twin summary").focus()
    page.keyboard.press("Enter")
    assert panel.locator("table tbody tr").count() == 30

    ranking = page.locator("[data-panel=top_partners]")
    head = ranking.locator("thead th").nth(1)
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    values = [money(text) for text in ranking.locator("tbody tr td:nth-child(2)").all_inner_texts()]
    assert values == sorted(values, reverse=True)


def test_a_filter_is_picked_by_name_and_taken_away(visit):
    page = visit()
    page.locator(".bw-filter summary", has_text="Partner").click()
    page.fill("#filter-partner", "Foa")
    page.get_by_role("button", name="Foam").click()
    page.wait_for_url("**partner=**")
    assert "Foam" in page.locator(".bw-chips").inner_text()
    assert page.locator("[data-panel=top_partners] tbody tr").count() == 1
    page.get_by_role("link", name="Remove this filter").click()
    page.wait_for_url(lambda url: "partner=" not in url)
    assert page.locator("[data-panel=top_partners] tbody tr").count() == 3


def test_switching_the_organization_shows_the_other_one(visit):
    page = visit()
    page.locator(".bw-organization").click()
    page.get_by_role("button", name=re.compile("Vacant")).click()
    page.wait_for_load_state()
    assert "Vacant" in page.locator(".bw-organization").inner_text()
    assert "Vacant has no facts yet" in page.locator("[data-live]").inner_text()
    assert serious(page) == []
    assert "EUR" not in page.locator("main, #main, [data-dashboard]").first.inner_text()


def test_the_page_refreshes_itself_and_keeps_what_the_reader_chose(visit, trade):
    page = visit()
    panel = page.locator("[data-panel=trend]")
    panel.locator(".bw-twin summary").click()
    before = page.locator(TODAY).inner_text()
    make_order(trade.laundry, partner=trade.partners[0], total=9, placed_at=timezone.now())
    refresh(trade.laundry)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_function("([at, old]) => document.querySelector(at).innerText !== old", arg=[TODAY, before])
    assert panel.locator(".bw-twin").get_attribute("open") is not None
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # 304: nothing is replaced


def test_data_is_downloaded(visit):
    page = visit()
    panel = page.locator("[data-panel=top_partners]")
    panel.locator("[data-menu] summary").click()
    with page.expect_download() as started:
        panel.get_by_role("link", name="CSV").click()
    text = started.value.path().read_text(encoding="utf-8-sig")
    assert started.value.suggested_filename.startswith("laundry-overview-top-partners-")
    assert text.splitlines()[0].startswith('"Partner","Total revenue (EUR)"')
    assert len(text.splitlines()) == 5
    assert text.splitlines()[-1].startswith('"Total",')
