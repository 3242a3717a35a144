use trace_macros::span;

fn main() {
    let _a = span!();
    let _b = span!("b", ret(a = 1));
    let _c = span!(kind = Client);
    let _d = span!("d", root, parent = None::<trace_runtime::SpanContext>);
    span!("dropped at once");
}
