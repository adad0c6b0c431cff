// SPDX-License-Identifier: Apache-2.0

import Affinity
import HTTPFraming
import HTTPService
import NIOCore

/// Where clients without cookies name their session. It is only looked at: the request goes on as it came, and what is kept
/// of the session is a hash.
package struct SessionToken: Sendable, Hashable {
    package enum Place: String, Sendable, CaseIterable {
        /// A parameter of the path's last segment: `…/default.png;name=value`.
        case path
        case query
        case header
        /// A field of a short form in the body (`application/x-www-form-urlencoded`).
        case form
    }

    package let place: Place
    package let name: String

    /// Longer forms are not searched: nobody logs in with one.
    package static let longestForm = 64 << 10

    package init(_ place: Place, _ name: String) {
        self.place = place
        self.name = name
    }

    /// - Parameter text: `PLACE:NAME`; nil where it is not that. A name consists of letters, digits, `-`, `_` and `.`.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let place = Place(rawValue: String(parts[0])),
            RequestID.valid(String(parts[1])) != nil
        else { return nil }
        self.init(place, String(parts[1]))
    }

    /// The key of the request's session; none where it names no session.
    ///
    /// A value has the same key wherever it stands: everywhere percent signs are decoded, once, and `+` is a plus. The
    /// decoded bytes are hashed as they are. Allocates nothing.
    /// - Parameter form: the body, where `awaitedForm` said that it is needed.
    func key(_ target: String, _ source: ForwardedHeaders.Source, form: ByteBuffer) -> AffinityKey {
        switch place {
        case .path: key(in: RequestTarget(target).pathParameters.utf8, separator: UInt8(ascii: ";"))
        case .query: key(in: RequestTarget(target).rawQuery.utf8, separator: UInt8(ascii: "&"))
        case .header: source.first(named: name).map { Self.key(of: $0) } ?? .none
        case .form:
            awaitedForm(source).map { key(in: form.readableBytesView.prefix($0), separator: UInt8(ascii: "&")) }
                ?? .none
        }
    }

    /// How many bytes of body must be there before the session can be looked for; nil where it is not in the body.
    func awaitedForm(_ source: ForwardedHeaders.Source) -> Int? {
        guard place == .form, let length = source.first(.contentLength).flatMap({ Int($0) }),
            length <= Self.longestForm, isForm(source)
        else { return nil }
        return length
    }

    private func isForm(_ source: ForwardedHeaders.Source) -> Bool {
        let type = "application/x-www-form-urlencoded"
        guard let header = source.first(named: "Content-Type") else { return false }
        let media = Self.trimmed(header.prefix { $0 != UInt8(ascii: ";") })
        return media.count == type.utf8.count && zip(media, type.utf8).allSatisfy { $0 | 0x20 == $1 | 0x20 }
    }

    /// The value of the first `name=value` among those between separators.
    private func key<Text: Collection<UInt8>>(in text: Text, separator: UInt8) -> AffinityKey {
        var rest = text[...]
        while !rest.isEmpty {
            let pair = rest.prefix { $0 != separator }
            let found = pair.prefix { $0 != UInt8(ascii: "=") }
            if PercentDecoded(base: found).elementsEqual(name.utf8) {
                return Self.key(of: pair[found.endIndex...].dropFirst())
            }
            rest = rest[pair.endIndex...].dropFirst()
        }
        return .none
    }

    private static func key(of value: some Collection<UInt8>) -> AffinityKey {
        value.isEmpty ? .none : AffinityKey(PercentDecoded(base: value))
    }

    private static func trimmed<Text: BidirectionalCollection<UInt8>>(_ text: Text) -> Text.SubSequence
    where Text.SubSequence: BidirectionalCollection {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text = text.dropLast() }
        return text
    }

    /// For the routers' fingerprint.
    var hash: UInt64 { StableHash.hash("\(place.rawValue):\(name)".utf8) }
}
