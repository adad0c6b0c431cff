// SPDX-License-Identifier: Apache-2.0

/// A figure of the report: what it means, and how it is had from a run.
package struct Figure: Sendable {
    /// Under which heading of a table it stands.
    package enum Group: String, CaseIterable, Sendable {
        case archive = "The archive"
        case memory = "Copies and memory"
        case time = "What readers wait for"
        case work = "Work"
        case operation = "Operation"
        case basis = "What the figures rest on"
    }

    package var name: String
    package var unit: String
    package var group: Group
    package var definition: String
    /// Less is better; for a few figures neither is.
    package var isBetterLow = true
    /// Nil where a run could not tell.
    package var value: @Sendable (CellFigures) -> Double?

    package static func named(_ name: String) -> Figure? { all.first { $0.name == name } }
}
