// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A screen that is written anew each time, where standard output is a terminal; else one text after another.
struct WatchScreen {
    private let isTerminal = isatty(1) == 1

    /// The terminal's second screen, without a cursor: what was on the first comes back at the end (xterm's control
    /// sequences 1049 and 25, which all terminals of today know).
    func begin() { if isTerminal { write("\u{1B}[?1049h\u{1B}[?25l") } }

    func end() { if isTerminal { write("\u{1B}[?25h\u{1B}[?1049l") } }

    func show(_ text: String) {
        guard isTerminal else { return write(text + "\n\n") }
        // Each line is cleared behind its end, and the rest of the screen at last: clearing first would flicker.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0 + "\u{1B}[K\n" }
        write("\u{1B}[H" + lines.joined() + "\u{1B}[J")
    }

    /// One line of many, for programs.
    func showLine(_ line: String) { write(line + "\n") }

    private func write(_ text: String) {
        print(text, terminator: "")
        fflush(nil)
    }
}
