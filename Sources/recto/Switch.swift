// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What is done unless it is switched off, or the other way round.
enum Switch: String, CaseIterable, ExpressibleByArgument {
    case on, off
}
