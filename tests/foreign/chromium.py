"""The browser of this machine, without a window, for the programs beside this one."""

from selenium import webdriver

ARGUMENTS = ("headless=new", "no-sandbox", "disable-dev-shm-usage", "window-size=1000,1000", "no-proxy-server")


def headless_chromium() -> webdriver.Chrome:
    """Start Debian's Chromium, which keeps what pages complain about; leaving it as a context ends it."""
    options = webdriver.ChromeOptions()
    for argument in ARGUMENTS:
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver"))
