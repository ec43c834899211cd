//! Measures the built page in Chromium and prints a table; `docs/performance.md` keeps one.
//!
//! Refuses to judge: figures of one machine are worth a comparison, not a verdict.

mod figures;

use anyhow::{Context, Result, ensure};
use e2e::{Page, Window, visit};
use figures::{Samples, row, row_of_rates};
use serde_json::{Value, json};
use std::process::Command;
use std::time::Duration;

const PROBES: &str = include_str!("probes.js");
/// First visits, each with nothing cached.
const VISITS: usize = 5;
/// The playhead goes from end to end in this time, as the budget has it.
const SCRUB_MS: u64 = 2_000;
/// Index of 1x among the page's tempos.
const REAL_TIME: &str = "8";
/// Events that the budget for scrubbing asks for.
const LONG_RUN: u64 = 30_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    println!("| What | p50 | p95 | worst | unit |\n|---|---:|---:|---:|---|");
    visit("measure", Window::Desktop, measure).await
}

async fn measure(page: Page) -> Result<()> {
    let source = json!({ "source": PROBES });
    page.devtools("Page.addScriptToEvaluateOnNewDocument", source).await?;
    first_visit(&page).await?;
    one_step(&page).await?;
    recovery(&page).await?;
    nine_brokers(&page).await?;
    storm(&page).await?;
    cluster(&page, &FORM).await?;
    lines(&page, &LINES).await?;
    long_scrub(&page).await?;
    engine(&page).await
}

/// From the navigation to the first paint, and to a question that can be answered.
async fn first_visit(page: &Page) -> Result<()> {
    let (mut paint, mut ready) = (Samples::default(), Samples::default());
    for _ in 0..VISITS {
        page.devtools("Network.clearBrowserCache", json!({})).await?;
        page.devtools(
            "Storage.clearDataForOrigin",
            json!({ "origin": origin(page), "storageTypes": "all" }),
        )
        .await?;
        page.open("#/lesson/LF-1?lang=en").await?;
        wait_for(page, "return window.probes.ready").await?;
        ready.add(&page.read("return window.probes.ready", Value::Null).await?);
        let first = "return performance.getEntriesByName('first-contentful-paint')[0].startTime";
        paint.add(&page.read(first, Value::Null).await?);
    }
    row("first visit: shell painted", "ms", paint);
    row("first visit: lesson LF-1 can be answered", "ms", ready);
    Ok(())
}

fn origin(page: &Page) -> String {
    page.home().split('/').take(3).collect::<Vec<_>>().join("/")
}

/// The first lesson's first step as it plays at the speed of life, and its tape scrubbed.
async fn one_step(page: &Page) -> Result<()> {
    answer_first(page).await?;
    page.click("continue").await?;
    let tempo = "probes.fill(document.querySelector('[data-testid=tempo]'), arguments[0])";
    page.read(tempo, json!(REAL_TIME)).await?;
    page.read("probes.record()", Value::Null).await?;
    page.see("skip").await?;
    page.see("predict-result").await?;
    page.read("probes.frames.on = false", Value::Null).await?;
    frames(page, "LF-1 step `crash` at 1x").await?;
    let steps = page.step().await?;
    scrub(page, &format!("scrub of LF-1, {steps} events")).await
}

/// Gives each question of the step its first answer.
async fn answer_first(page: &Page) -> Result<()> {
    let submit = "[data-testid=predict-submit]";
    loop {
        let open = page.drawn(submit).await?.len();
        if open == 0 {
            return Ok(());
        }
        for css in [
            "[data-testid=predict] [data-choice]:not([disabled])",
            "[data-testid=predict-submit]:not([disabled])",
        ] {
            let element = page.see_css(css).await?;
            page.reveal(&element).await?;
            element.click().await?;
        }
        page.until("the answer is taken", || async { Ok(page.drawn(submit).await?.len() < open) })
            .await?;
    }
}

async fn frames(page: &Page, what: &str) -> Result<()> {
    let read = page.read("return probes.frames", Value::Null).await?;
    row(&format!("{what}: time between frames"), "ms", Samples::of(&read["gaps"]));
    row(&format!("{what}: main thread per frame"), "ms", Samples::of(&read["work"]));
    Ok(())
}

async fn scrub(page: &Page, what: &str) -> Result<()> {
    page.read("probes.record(); probes.scrub(arguments[0])", json!(SCRUB_MS)).await?;
    wait_for(page, "return probes.seeks").await?;
    frames(page, what).await?;
    let seeks = page.read("return probes.seeks", Value::Null).await?;
    row(&format!("{what}: seek and scene"), "ms", Samples::of(&seeks));
    Ok(())
}

async fn wait_for(page: &Page, script: &str) -> Result<()> {
    page.until(script, || async { Ok(!page.read(script, Value::Null).await?.is_null()) }).await
}

/// The workload of the headless `bench`, in the sandbox: 5 brokers, 12 partitions, 3 producers.
/// Brokers, racks, controllers, rate, seed; the topic with its partitions, replicas and minimum.
const FORM: [&str; 9] = ["5", "0", "3", "100", "7", "orders", "12", "3", "2"];
const LINES: [&str; 5] = [
    "producer p2 topic=orders acks=all rate=100 partitioner.class=RoundRobinPartitioner",
    "producer p3 topic=orders acks=1 rate=100 partitioner.class=RoundRobinPartitioner",
    "consumer c1 topic=orders",
    "settle",
    "wait 1s",
];

async fn cluster(page: &Page, form: &[&str; 9]) -> Result<()> {
    // A run that was kept would be opened first, and memory once needed is never given back.
    let stored = json!({ "origin": origin(page), "storageTypes": "all" });
    page.devtools("Storage.clearDataForOrigin", stored).await?;
    page.open("#/sandbox?lang=en").await?;
    page.see("build").await?;
    let fields = "document.querySelectorAll('.form input').forEach(
        (field, index) => setTimeout(() => probes.fill(field, arguments[0][index]), 300 * index))";
    page.read(fields, json!(form)).await?;
    let filled = "return document.querySelector('.form input:last-of-type') &&
        [...document.querySelectorAll('.form input')].map(field => field.value).join()";
    let wanted = json!(form.join(","));
    page.until("the form is filled", || async {
        Ok(page.read(filled, Value::Null).await? == wanted)
    })
    .await?;
    page.click("build").await?;
    page.click("console").await?;
    page.see("console-input").await.map(drop)
}

async fn lines<T: AsRef<str>>(page: &Page, lines: &[T]) -> Result<()> {
    for text in lines {
        line(page, text.as_ref()).await?;
    }
    Ok(())
}

/// The largest cluster, its links so slow that many messages are in the air, all of them drawn.
const LARGEST: [&str; 9] = ["9", "0", "3", "200", "7", "orders", "12", "3", "2"];
/// Index of 1/4x among the page's tempos.
const QUARTER: &str = "6";
/// Messages that the budget for a frame asks for.
const MANY: u64 = 150;
const FIVE_SECONDS: Duration = Duration::from_secs(5);

async fn nine_brokers(page: &Page) -> Result<()> {
    cluster(page, &LARGEST).await?;
    let more = (2..=6).map(|n| format!("producer p{n} topic=orders acks=all rate=200"));
    lines(page, &more.collect::<Vec<_>>()).await?;
    line(page, "settle").await?;
    let slow = |from: String, to: u8| format!("delay {from} <-> broker-{to} 300ms");
    let clients = (1..=6).flat_map(|p| (1..=9).map(move |to| slow(format!("p{p}"), to)));
    let brokers =
        (1..=9).flat_map(|from| (from + 1..=9).map(move |to| slow(format!("broker-{from}"), to)));
    lines(page, &clients.chain(brokers).collect::<Vec<_>>()).await?;
    line(page, "wait 5s").await?;
    page.click("routine").await?;
    let count = crowd(page).await?;
    let tempo = "probes.fill(document.querySelector('[data-testid=tempo]'), arguments[0])";
    page.read(tempo, json!(QUARTER)).await?;
    page.click("play").await?;
    page.read("probes.record()", Value::Null).await?;
    tokio::time::sleep(FIVE_SECONDS).await;
    page.read("probes.frames.on = false", Value::Null).await?;
    page.click("play").await?;
    frames(page, &format!("9 brokers, 12 partitions, {count} messages in the air, 1/4x")).await
}

/// A group of twelve on 36 partitions whose slow members leave and come back.
const STORM: [&str; 9] = ["3", "0", "3", "200", "7", "orders", "36", "3", "2"];

async fn storm(page: &Page) -> Result<()> {
    cluster(page, &STORM).await?;
    let member = |n: u8| {
        format!(
            "consumer c{n} topic=orders group=g session.timeout.ms=6000 \
             heartbeat.interval.ms=2000 max.poll.interval.ms=8000 handler=5ms"
        )
    };
    lines(page, &(1..=12).map(member).collect::<Vec<_>>()).await?;
    line(page, "wait 20s").await?;
    lines(page, &["handler c1 1s", "handler c2 1s", "handler c3 1s"]).await?;
    line(page, "wait 8s").await?;
    page.click("play").await?;
    page.read("probes.record()", Value::Null).await?;
    tokio::time::sleep(FIVE_SECONDS).await;
    page.read("probes.frames.on = false", Value::Null).await?;
    page.click("play").await?;
    frames(page, "a storm of 12 members on 36 partitions, 1x").await
}

/// Lets time pass until many messages are in the air, and counts them in the stage's own tables.
async fn crowd(page: &Page) -> Result<u64> {
    let rows = "return [...document.querySelectorAll('.twin caption')].filter(
        (caption) => caption.textContent === 'Messages on the wire').flatMap(
        (caption) => [...caption.parentNode.tBodies[0].rows]).length";
    let mut most = 0;
    for _ in 0..20 {
        line(page, "wait 70ms").await?;
        // The tables follow once the scene has stood still.
        tokio::time::sleep(Duration::from_millis(600)).await;
        most = page.read(rows, Value::Null).await?.as_u64().unwrap_or(0);
        if most >= MANY {
            break;
        }
    }
    Ok(most)
}

/// From the press on "recover" to the place where the run was when the program fell.
async fn recovery(page: &Page) -> Result<()> {
    let before = page.step().await?;
    // A place is kept when the reader has stayed there for a moment.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (mut spent, mut asked) = (Samples::default(), Samples::default());
    let mut compiled = Samples::default();
    for _ in 0..VISITS {
        let fall = "window.dispatchEvent(new CustomEvent('replicascope:panic', { detail: 'x' }))";
        page.read(fall, Value::Null).await?;
        page.see("crash").await?;
        page.see_css(".crash .button.primary").await?.click().await?;
        wait_for(page, "return window.probes.shown").await?;
        let step = page.step().await?;
        ensure!(step == before, "it fell at step {before} and came back at {step}");
        spent.add(&page.read("return probes.shown", Value::Null).await?);
        asked.add(&page.read("return probes.asked", Value::Null).await?);
        compiled.add(&page.read("return probes.compiled", Value::Null).await?);
    }
    row("recovery: until the program is asked for", "ms", asked);
    row("recovery: until the program is compiled", "ms", compiled);
    row("recovery after a fall, in LF-1 after its first step", "ms", spent);
    Ok(())
}

/// Events of the engine per second of the page's main thread, and the same natively, now and then:
/// a busy machine slows both down.
async fn engine(page: &Page) -> Result<()> {
    page.click("live").await?;
    let (mut rates, mut times) = (Samples::default(), Samples::default());
    let (mut native, mut ratio) = (Samples::default(), Samples::default());
    for _ in 0..4 {
        let before = page.step().await?;
        let spent = line(page, "wait 60s").await?;
        page.until("the run goes on", || async { Ok(page.step().await? > before) }).await?;
        let rate = (page.step().await? - before) as f64 / spent * 1e3;
        let bar = natively()?;
        rates.push(rate);
        times.push(60_000.0 / spent);
        native.push(bar);
        ratio.push(bar / rate);
    }
    row_of_rates("engine in wasm, 5 brokers, 12 partitions, 300 records/s", "events/s", rates);
    row_of_rates("the same: simulated over real time", "times", times);
    row_of_rates("the same natively", "events/s", native);
    row("the same: wasm over native", "times", ratio);
    Ok(())
}

/// What `bench` says of the same cluster with its past recorded, as the page records it.
fn natively() -> Result<f64> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut bench = Command::new(cargo);
    bench.args(["run", "--quiet", "--profile", "fast", "--", "bench", "--json"]);
    let told = bench.output()?;
    let figures: Value = serde_json::from_slice(&told.stdout)?;
    let recorded = figures.as_array().into_iter().flatten().find(|figure| {
        figure["name"] == "steps" && figure["workload"] == "the same; its past recorded for seeking"
    });
    recorded.and_then(|figure| figure["value"].as_f64()).context("`bench` names no such figure")
}

/// Does one line of the console and gives the milliseconds that it took.
async fn line(page: &Page, text: &str) -> Result<f64> {
    let spent = page.read("return probes.line(arguments[0])", json!(text)).await?;
    let refused = page.drawn(".console-refused").await?.len();
    ensure!(refused == 0, "the console refuses `{text}`");
    Ok(spent.as_f64().unwrap_or(f64::NAN))
}

/// The whole tape of a run as long as the budget has it.
async fn long_scrub(page: &Page) -> Result<()> {
    while page.step().await? < LONG_RUN {
        let before = page.step().await?;
        line(page, "wait 1s").await?;
        page.until("the run goes on", || async { Ok(page.step().await? > before) }).await?;
    }
    let steps = page.step().await?;
    let bytes = page.read("return probes.memory()", Value::Null).await?;
    let mut memory = Samples::default();
    memory.push(bytes.as_f64().unwrap_or(f64::NAN) / 1_048_576.0);
    row(&format!("memory with a history of {steps} events"), "MB", memory);
    scrub(page, &format!("scrub of 5 brokers, 12 partitions, {steps} events")).await
}
