//! Shrinks a failing program to the smallest that fails.

use crate::program::Operation;

/// A program that fails, but not with a step less, nor with a smaller number in one.
pub(crate) fn smallest(
    mut program: Vec<Operation>,
    fails: impl Fn(&Vec<Operation>) -> bool,
) -> Vec<Operation> {
    let mut chunk = program.len().next_power_of_two();
    loop {
        let mut is_smaller = false;
        let mut at = 0;
        while at < program.len() {
            let smaller = smaller(&program, at, chunk).find(&fails);
            match smaller {
                Some(smaller) => (program, is_smaller) = (smaller, true),
                None => at += chunk,
            }
        }
        match (chunk, is_smaller) {
            (1, false) => return program,
            (1, true) => {}
            _ => chunk /= 2,
        }
    }
}

/// The program without a chunk; for single steps, also with smaller numbers there, or without another
/// step too, which may be what belongs to it.
fn smaller(program: &[Operation], at: usize, chunk: usize) -> impl Iterator<Item = Vec<Operation>> {
    let mut fewer = program.to_vec();
    fewer.drain(at..(at + chunk).min(program.len()));
    let is_single = chunk == 1;
    let numbers = (0..2).flat_map(|which| (0..16).map(move |number| (which, number)));
    let numbers = numbers.take_while(move |_| is_single).filter_map(move |(which, number)| {
        let mut program = program.to_vec();
        let place = numbers_of(&mut program[at]).into_iter().nth(which)?;
        (number < std::mem::replace(place, number)).then_some(program)
    });
    let pairs = (at + 1..program.len()).take_while(move |_| is_single && program.len() < 256);
    let pairs = pairs.flat_map(move |other| {
        let mut without = program.to_vec();
        without.remove(other);
        let mut shorter = without.clone();
        let body = numbers_of(&mut shorter[at]).pop().filter(|body| **body > 0);
        let shorter = body.map(|body| *body -= 1).map(|()| shorter);
        without.remove(at);
        std::iter::once(without).chain(shorter)
    });
    std::iter::once(fewer).chain(numbers).chain(pairs)
}

fn numbers_of(operation: &mut Operation) -> Vec<&mut usize> {
    use Operation as Op;
    match operation {
        Op::TracingAgain(at) | Op::Known(at) | Op::KnownWith(at, _) | Op::Drop(at) => vec![at],
        Op::Call(body) | Op::Attached(body) | Op::InScope(body) | Op::InSpan(body) => vec![body],
        Op::InContext(at, body) | Op::TaskInContext(at, body) => vec![at, body],
        Op::Task(first, second) => vec![first, second],
        _ => Vec::new(),
    }
}
