//! A Chromium for a test, driven as a person does: headed on a display, or headless at a tablet's size.
//!
//! Owns chromedriver, the browser it started and its profile; dropped, all three are gone. Every wait is bounded and says what
//! never came.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::Instant;

use crate::display::Display;
use crate::patience::until;
use crate::processes::Running;

/// How long a page may take to show what is expected of it.
pub const PAGE_WAIT: Duration = Duration::from_secs(20);

/// What browser a test wants.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Headed on this display; headless without one.
    pub display: Option<&'a Display>,
    /// Size of the page.
    pub size: (u32, u32),
    /// `fr` or `en`, as `Accept-Language` says it.
    pub lang: &'a str,
    /// Whether the reader prefers dark pages.
    pub dark: bool,
    /// Everything but loopback goes through this proxy.
    pub proxy: Option<SocketAddr>,
    /// Loopback as well.
    pub loopback_too: bool,
    /// Every name under `.test` leads here, as a resolver may answer; without a proxy.
    pub names: Option<SocketAddr>,
}

impl Wish<'_> {
    /// A tablet in landscape, French, light.
    pub fn tablet() -> Self {
        Self {
            display: None,
            size: (1024, 768),
            lang: "fr",
            dark: false,
            proxy: None,
            loopback_too: false,
            names: None,
        }
    }
}

/// A browser.
#[derive(Debug)]
pub struct Browser {
    /// The WebDriver client, for what the methods here do not offer.
    pub client: Client,
    chromium: Option<Pid>,
    _driver: Running,
    _profile: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Chromium outlives a chromedriver that is killed.
        if let Some(pid) = self.chromium {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

impl Browser {
    /// Starts one.
    ///
    /// # Errors
    /// chromedriver or Chromium is not installed, or does not start.
    pub async fn start(wish: Wish<'_>) -> anyhow::Result<Self> {
        let mut command = match wish.display {
            Some(display) => display.command("chromedriver"),
            None => Command::new("chromedriver"),
        };
        command.arg("--port=0");
        let mut driver = Running::start(command)?;
        let told = driver
            .line("ChromeDriver was started successfully on port ", PAGE_WAIT)
            .await;
        let url = format!("http://127.0.0.1:{}", told.trim_end_matches('.'));
        let profile = tempfile::tempdir()?;
        let options = json!({
            "args": arguments(&wish, &profile),
            "prefs": { "intl.accept_languages": wish.lang },
        });
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".into(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&url)
            .await
            .context("Chromium does not start")?;
        let chromium = client
            .capabilities()
            .and_then(|told| told.get("goog:processID"))
            .and_then(Value::as_i64)
            .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        let browser = Self {
            client,
            chromium,
            _driver: driver,
            _profile: profile,
        };
        browser.take_look(&wish).await?;
        Ok(browser)
    }

    async fn take_look(&self, wish: &Wish<'_>) -> anyhow::Result<()> {
        let scheme = if wish.dark { "dark" } else { "light" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await?;
        if wish.display.is_none() {
            let (width, height) = wish.size;
            let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
            self.devtools("Emulation.setDeviceMetricsOverride", screen)
                .await?;
        }
        Ok(())
    }

    /// A command of Chromium's own protocol.
    ///
    /// # Errors
    /// Chromium refuses it.
    pub async fn devtools(&self, name: &'static str, parameters: Value) -> Result<Value, CmdError> {
        self.client.issue_cmd(DevTools { name, parameters }).await
    }

    /// Goes to a page; a page that cannot be loaded is an error.
    ///
    /// # Errors
    /// The page cannot be loaded.
    pub async fn go(&self, url: &str) -> Result<(), CmdError> {
        self.client.goto(url).await
    }

    /// The first element that is shown, once it is.
    pub async fn find(&self, css: &str) -> Element {
        let deadline = Instant::now() + PAGE_WAIT;
        loop {
            for element in self
                .client
                .find_all(Locator::Css(css))
                .await
                .unwrap_or_default()
            {
                if element.is_displayed().await.unwrap_or(false) {
                    return element;
                }
            }
            let page = "return location + '\\n' + document.body.innerText";
            let page = self.run(page).await.unwrap_or_default();
            let page = page.as_str().unwrap_or_default();
            assert!(
                Instant::now() < deadline,
                "waited in vain for {css} on {page}"
            );
        }
    }

    /// The text that is shown at once; none when no such element is there.
    pub async fn text(&self, css: &str) -> Option<String> {
        let element = self.client.find(Locator::Css(css)).await.ok()?;
        element.text().await.ok()
    }

    /// The text, once it holds these words.
    pub async fn text_with(&self, css: &str, words: &str) -> String {
        until(&format!("{words:?} in {css}"), PAGE_WAIT, async || {
            for element in self.client.find_all(Locator::Css(css)).await.ok()? {
                let text = element.text().await.unwrap_or_default();
                if text.contains(words) {
                    return Some(text);
                }
            }
            None
        })
        .await
    }

    /// Taps what is there, once it is: a card that was redrawn meanwhile is found again.
    pub async fn tap(&self, css: &str) {
        until(&format!("to tap {css}"), PAGE_WAIT, async || {
            for element in self.client.find_all(Locator::Css(css)).await.ok()? {
                if element.click().await.is_ok() {
                    return Some(());
                }
            }
            None
        })
        .await;
    }

    /// Writes into a field, in place of what it holds.
    ///
    /// # Errors
    /// The field went away.
    pub async fn write(&self, css: &str, text: &str) -> Result<(), CmdError> {
        let field = self.find(css).await;
        field.clear().await?;
        field.send_keys(text).await
    }

    /// Runs a script in the page.
    ///
    /// # Errors
    /// The script threw.
    pub async fn run(&self, script: &str) -> Result<Value, CmdError> {
        self.client.execute(script, Vec::new()).await
    }

    /// Keeps a picture of the page in the folder of `VIGIE_TEST_PICTURES`, when a person wants to look.
    ///
    /// # Errors
    /// The picture cannot be taken or written.
    pub async fn picture(&self, name: &str) -> anyhow::Result<()> {
        if let Some(folder) = std::env::var_os("VIGIE_TEST_PICTURES") {
            let png = self.client.screenshot().await?;
            std::fs::write(PathBuf::from(folder).join(format!("{name}.png")), png)?;
        }
        Ok(())
    }

    /// What axe-core finds wrong with the page as it is, one line a finding.
    ///
    /// # Errors
    /// axe-core is not installed (`tests/all` does it) or the page does not run it.
    pub async fn axe(&self) -> anyhow::Result<Vec<String>> {
        let axe = std::fs::read_to_string(axe_file()?)?;
        self.run(&axe).await?;
        let script = "const done = arguments[arguments.length - 1];\
            axe.run(document, { runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice'] })\
            .then(found => done(found.violations.flatMap(v => v.nodes.map(n => \
            `${v.id}: ${n.target.join(' ')}: ${n.failureSummary.replaceAll('\\n', ' ')}`))),\
            error => done([`axe failed: ${error}`]));";
        let found = self.client.execute_async(script, Vec::new()).await?;
        serde_json::from_value(found).context("axe answers with lines")
    }
}

/// Where `tests/all` puts what comes from npm.
fn axe_file() -> anyhow::Result<PathBuf> {
    let tools = std::env::var_os("VIGIE_TEST_TOOLS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/tools")),
        PathBuf::from,
    );
    let file = tools.join("node_modules/axe-core/axe.min.js");
    anyhow::ensure!(
        file.exists(),
        "{} is not there: `tests/all` installs it, VIGIE_TEST_TOOLS says where",
        file.display()
    );
    Ok(file)
}

fn arguments(wish: &Wish<'_>, profile: &TempDir) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--disable-search-engine-choice-screen",
        // Otherwise a typed http address is tried over https first: a second attempt that nobody made.
        "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,Translate,OptimizationHints",
        "--password-store=basic",
    ]
    .map(str::to_owned)
    .into();
    let (width, height) = wish.size;
    arguments.push(format!("--window-size={width},{height}"));
    arguments.push(format!("--lang={}", wish.lang));
    arguments.push(format!("--user-data-dir={}", profile.path().display()));
    if wish.display.is_none() {
        arguments.push("--headless=new".into());
    }
    if let Some(proxy) = wish.proxy {
        arguments.push(format!("--proxy-server=http://{proxy}"));
    }
    if wish.loopback_too {
        arguments.push("--proxy-bypass-list=<-loopback>".into());
    }
    if let Some(address) = wish.names {
        arguments.push(format!("--host-resolver-rules=MAP *.test {address}"));
    }
    arguments
}

#[derive(Debug)]
struct DevTools {
    name: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        let body = json!({ "cmd": self.name, "params": self.parameters });
        (Method::POST, Some(body.to_string()))
    }
}
