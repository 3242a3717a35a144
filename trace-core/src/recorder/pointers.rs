//! Pointers to the thread's own state that are valid for a fast path only if it is open: two
//! instructions for both the test and the pointer.

/// Hand-written thread-locals. The compiler can reach a thread-local only by a call, with all that
/// a call does to registers, because it does not know whether this crate will be in a shared
/// library. These variables have eight bytes, for which every loader has room, so they are reached
/// by the model "initial-exec" ([ELF Handling For Thread-Local
/// Storage](https://www.akkadia.org/drepper/tls.pdf)).
#[cfg(all(target_arch = "x86_64", target_os = "linux", not(miri)))]
macro_rules! thread_pointer {
    ($name:ident = $initial:literal) => {
        pub(super) mod $name {
            use crate::recorder::thread::{PLACEHOLDER_LOCAL, Local};
            use std::arch::{asm, global_asm};

            // Named after a static, so that two versions of this crate do not share it.
            global_asm!(
                concat!(".pushsection .tdata.{placeholder}_", stringify!($name), ",\"awT\",@progbits"),
                ".p2align 3",
                concat!(".type {placeholder}_", stringify!($name), ",@object"),
                concat!(".size {placeholder}_", stringify!($name), ",8"),
                concat!(".globl {placeholder}_", stringify!($name)),
                concat!(".hidden {placeholder}_", stringify!($name)),
                concat!("{placeholder}_", stringify!($name), ": .quad ", $initial),
                ".popsection",
                placeholder = sym PLACEHOLDER_LOCAL,
            );

            /// The variable itself shows whether the fast path is open.
            pub(in crate::recorder) const IS_OPEN: bool = true;

            // HOT: two instructions and one register.
            #[inline(always)]
            pub(in crate::recorder) fn get() -> *mut Local {
                let local;
                // SAFETY: reads the thread's own variable.
                unsafe {
                    asm!(
                        concat!(
                            "mov {local}, qword ptr [rip + {placeholder}_", stringify!($name),
                            "@gottpoff]"
                        ),
                        "mov {local}, qword ptr fs:[{local}]",
                        local = out(reg) local,
                        placeholder = sym PLACEHOLDER_LOCAL,
                        options(pure, readonly, nostack, preserves_flags),
                    );
                }
                local
            }

            #[inline(always)]
            pub(in crate::recorder) fn set(local: *mut Local) {
                // SAFETY: writes the thread's own variable.
                unsafe {
                    asm!(
                        concat!(
                            "mov {place}, qword ptr [rip + {placeholder}_", stringify!($name),
                            "@gottpoff]"
                        ),
                        "mov qword ptr fs:[{place}], {local}",
                        place = out(reg) _,
                        local = in(reg) local,
                        placeholder = sym PLACEHOLDER_LOCAL,
                        options(nostack, preserves_flags),
                    );
                }
            }
        }
    };
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux", not(miri))))]
macro_rules! thread_pointer {
    ($name:ident = $initial:literal) => {
        pub(super) mod $name {
            use crate::recorder::thread::{Local, local};

            pub(in crate::recorder) const IS_OPEN: bool = false;

            #[inline(always)]
            pub(in crate::recorder) fn get() -> *mut Local {
                local()
            }

            pub(in crate::recorder) fn set(_: *mut Local) {}
        }
    };
}

// A thread without a writable state points to the shared placeholder here, so that one compare
// tests for room as well.
thread_pointer!(hot = "{placeholder}");
thread_pointer!(ready = "0");
