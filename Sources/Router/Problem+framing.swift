// SPDX-License-Identifier: Apache-2.0

import HTTPFraming
import HTTPService
import NIOHTTP1

/// What a client hears whose message is not taken. The connection is closed behind it: where one message ends wrongly
/// nobody knows where the next begins.
extension Problem {
    init(_ error: FramingError) {
        self =
            switch error {
            case .headTooLarge, .tooManyFields:
                Problem(
                    "head-too-large", .requestHeaderFieldsTooLarge,
                    "The head of the request is larger than is taken here.")
            case .version:
                Problem("version-unknown", .httpVersionNotSupported, "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
            default:
                Problem(
                    "malformed-request", .badRequest, "The request is not well-formed HTTP.",
                    detail: "At fault: \(error.rawValue).")
            }
    }
}

extension FramingError {
    var refusal: RefusalReason {
        switch self {
        case .headTooLarge, .tooManyFields: .headTooLarge
        case .version: .version
        default: .malformed
        }
    }
}
