"""Try the API as a person does: Swagger UI, log-in, consent and a request, in a headless Chromium.

Arguments: the API's address, e-mail address, password, and a folder for pictures of the pages. Prints what was seen.
"""

import json
import sys
from pathlib import Path

from chromium import headless_chromium
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions as until
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE_S = 60
TICKED = "profile:read-authorizationCode-checkbox-OAuth2"
PROFILE = "#operations-account-read_profile_v1_me_get"


def main(url: str, email: str, password: str, folder: Path) -> None:
    with headless_chromium() as browser:
        sys.stdout.write(json.dumps(Visit(browser, folder).make(url, email, password)))


class Visit:
    """One visit of one person."""

    def __init__(self, browser: webdriver.Chrome, folder: Path) -> None:
        self.browser = browser
        self.folder = folder
        self.said: list[str] = []

    def make(self, url: str, email: str, password: str) -> dict[str, object]:
        self.browser.get(f"{url}/docs")
        page = self.browser.current_window_handle
        self.press(".btn.authorize")
        self.press(f"//label[@for='{TICKED}']", By.XPATH)
        self.press(f"//label[@for='{TICKED}']/following::button[contains(@class, 'authorize')][1]", By.XPATH)
        consent = self.decide(page, email, password)
        self.browser.switch_to.window(page)
        self.find("//button[.='Logout']", By.XPATH)
        self.press(".btn-done")
        return {**consent, **self.ask_for_profile(), "said": self.said}

    def decide(self, page: str, email: str, password: str) -> dict[str, object]:
        """Log in and consent in the window that has opened, which closes by itself then."""
        self.wait(lambda browser: len(browser.window_handles) == 2)
        [window] = set(self.browser.window_handles) - {page}
        self.browser.switch_to.window(window)
        self.find("#email").send_keys(email)
        self.find("#password").send_keys(password)
        self.press("button[value='log-in']")
        self.find("button[value='allow']")
        self.picture("oauth-consent.png")
        seen = self.find("main").text
        self.listen()
        self.press("button[value='allow']")
        self.wait(until.number_of_windows_to_be(1))
        return {"consent": seen}

    def ask_for_profile(self) -> dict[str, object]:
        self.press(f"{PROFILE} .opblock-summary-control")
        self.press(f"{PROFILE} .try-out__btn")
        self.press(f"{PROFILE} .execute")
        status = self.find(f"{PROFILE} .live-responses-table tbody .response-col_status")
        self.wait(lambda _: status.text.strip()[:3].isdigit())
        self.browser.execute_script("arguments[0].scrollIntoView()", self.find(PROFILE))
        self.picture("swagger-ui.png")
        body = self.find(f"{PROFILE} .live-responses-table tbody pre")
        self.listen()
        return {"status": status.text.strip()[:3], "body": body.text}

    def find(self, what: str, how: str = By.CSS_SELECTOR) -> WebElement:
        found: WebElement = self.wait(until.visibility_of_element_located((how, what)))
        return found

    def press(self, what: str, how: str = By.CSS_SELECTOR) -> None:
        element = self.wait(until.element_to_be_clickable((how, what)))
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def wait(self, condition):
        return WebDriverWait(self.browser, PATIENCE_S).until(condition)

    def picture(self, name: str) -> None:
        self.browser.save_screenshot(str(self.folder / name))

    def listen(self) -> None:
        """Keep what the browser complained about, such as what a policy forbade, and not what it only advises."""
        told = self.browser.get_log("browser")
        self.said += [entry["message"] for entry in told if entry["level"] in ("WARNING", "SEVERE")]


if __name__ == "__main__":
    main(*sys.argv[1:4], Path(sys.argv[4]))
