// SPDX-License-Identifier: Apache-2.0

/// Where a field stands in a head. Offsets from the head's first byte; no text is copied.
package struct HeadField: Sendable {
    package var name: FieldName
    private let nameStart: UInt32
    private let nameEnd: UInt32
    private let valueStart: UInt32
    private let valueEnd: UInt32

    init(name: FieldName, nameRange: Range<Int>, value: Range<Int>) {
        self.name = name
        nameStart = UInt32(truncatingIfNeeded: nameRange.lowerBound)
        nameEnd = UInt32(truncatingIfNeeded: nameRange.upperBound)
        valueStart = UInt32(truncatingIfNeeded: value.lowerBound)
        valueEnd = UInt32(truncatingIfNeeded: value.upperBound)
    }

    /// Where its line begins.
    package var start: Int { Int(nameStart) }
    package var nameRange: Range<Int> { Int(nameStart)..<Int(nameEnd) }
    /// Without white space around it.
    package var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
}
