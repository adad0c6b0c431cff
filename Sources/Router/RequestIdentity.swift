// SPDX-License-Identifier: Apache-2.0

import HTTPFraming
import HTTPService

/// The request id, which goes to the member and into answers: the client's where it is short and harmless, else a number
/// of ours as 16 hexadecimal digits, which is made into text only where it is written.
enum RequestIdentity {
    case number(UInt64)
    case text(String)

    init(_ source: ForwardedHeaders.Source, otherwise number: @autoclosure () -> UInt64) {
        if let text = source.first(.xRequestID).flatMap(RequestID.valid) {
            self = .text(text)
        } else {
            self = .number(number())
        }
    }

    func write(to writer: inout HeadWriter) {
        switch self {
        case .number(let number): writer.append(hexadecimal: number)
        case .text(let text): writer.append(text)
        }
    }

    var text: String {
        switch self {
        case .number(let number):
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        case .text(let text): return text
        }
    }
}

/// Numbers that name requests in logs: told apart, not secret. A call to the system for each would cost more than the
/// rest of the head. SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
struct RequestNumbers {
    private var state = UInt64.random(in: .min ... .max)

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
