//! Probe.
use std::hint::black_box;
use std::time::{Duration, Instant};
use trace_runtime::__private_0_1_0 as rt;
use trace_runtime::export::NullExporter;
use trace_runtime::Telemetry;

#[inline(never)]
fn plain(a: u64) -> u64 { black_box(a) + 1 }
#[inline(never)]
fn child0(a: u64) -> u64 {
    static SITE: rt::Site = rt::Site::new("child0\0probe\0x.rs\0\0", 1);
    let _g = rt::enter(&SITE);
    { black_box(a) + 1 }
}
#[inline(never)]
fn child3(a: u64, b: u64, c: &str) -> u64 {
    static SITE: rt::Site = rt::Site::new("child3\0probe\0x.rs\0\0\0a\0b\0c", 1);
    let _g = if rt::active() { if rt::recording(&SITE, None) { rt::enter_values(&SITE, &[rt::ToValue::to_value(&a), rt::ToValue::to_value(&b), rt::ToValue::to_value(&c)]) } else { rt::enter(&SITE) } } else { rt::Guard::off() };
    { black_box(a) + 1 }
}
fn root(f: &mut dyn FnMut()) {
    static SITE: rt::Site = rt::Site::new("root\0probe\0x.rs\0\0", 1);
    let _g = rt::enter(&SITE);
    f()
}
fn time(name: &str, floor: f64, n: u64, t: &Telemetry, f: &mut dyn FnMut()) -> f64 {
    let mut v = vec![];
    for _ in 0..31 {
        t.force_flush(Duration::from_secs(5)).unwrap();
        root(&mut || { f(); let s = Instant::now(); for _ in 0..n { f() } v.push(s.elapsed().as_nanos() as f64 / n as f64); });
    }
    v.sort_by(f64::total_cmp);
    let m = v[v.len() / 2];
    println!("{name:10} {m:6.2} ns  {:.2} x", (m) / floor);
    m
}
fn main() {
    let t = Telemetry::builder().without_env().with_exporter(NullExporter::new()).install().unwrap();
    let c = ();
    let n = 1000;
    for _ in 0..3 {
    let floor = time("floor", 19.4, n, &t, &mut || { let _ = &c; unsafe { black_box(core::arch::x86_64::_rdtsc()); black_box(core::arch::x86_64::_rdtsc()); } });
    let p = time("plain", floor, n, &t, &mut || { plain(black_box(1)); });
    time("child0", floor, n, &t, &mut || { child0(black_box(1)); });
    time("child3", floor, n, &t, &mut || { child3(black_box(1), black_box(2), black_box("hello world")); });
    let _ = p;
    }
    println!("{}", t.shutdown(Duration::from_secs(5)));
}
