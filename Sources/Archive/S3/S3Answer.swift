// SPDX-License-Identifier: Apache-2.0

import TileModel

/// What S3 answers in XML: a listing, an upload's id, an error. Pure.
enum S3Answer {
    struct Listing: Equatable {
        struct Object: Equatable {
            /// As it stands in the answer until that says how it is encoded.
            var key: [UInt8] = []
            var entityTag = ""
            var size = 0
            var modified: Double?
        }

        var objects: [Object] = []
        var isTruncated = false
        var continuation: String?
        var isEncoded = false
    }

    /// The code and the message of an error, or the text of the elements asked for.
    /// - Returns: by name, of those directly below the root. Nil where it is not well formed.
    static func fields(_ bytes: [UInt8]) -> (root: String, values: [String: String])? {
        var events = XMLEvents(bytes)
        var path: [String] = []
        var root = ""
        var values: [String: String] = [:]
        do {
            while let event = try events.next() {
                switch event {
                case .start(let name):
                    if path.isEmpty { root = name }
                    path.append(name)
                case .end: path.removeLast()
                case .text(let text): if path.count == 2 { values[path[1], default: ""] += text }
                }
            }
        } catch {
            return nil
        }
        return root.isEmpty ? nil : (root, values)
    }

    /// A `ListBucketResult`.
    static func listing(_ bytes: [UInt8]) throws(ArchiveError) -> Listing {
        var events = XMLEvents(bytes)
        var path: [String] = []
        var listing = Listing()
        var object = Listing.Object()
        var text = ""
        do {
            while let event = try events.next() {
                switch event {
                case .start(let name):
                    path.append(name)
                    text = ""
                    if path.count == 2, name == "Contents" { object = Listing.Object() }
                case .text(let more): text += more
                case .end:
                    if path.count == 3, path[1] == "Contents" { set(path[2], text, &object) }
                    if path.count == 2 { set(path[1], text, object, &listing) }
                    path.removeLast()
                }
            }
        } catch {
            throw .failed("the listing of the bucket is not well formed")
        }
        guard !listing.isTruncated || listing.continuation != nil else {
            throw .failed("the listing of the bucket breaks off")
        }
        if listing.isEncoded {
            for index in listing.objects.indices { listing.objects[index].key = decoded(listing.objects[index].key) }
        }
        return listing
    }

    private static func set(_ name: String, _ text: String, _ object: inout Listing.Object) {
        switch name {
        case "Key": object.key = Array(text.utf8)
        case "ETag": object.entityTag = text
        case "Size": object.size = Int(text) ?? 0
        case "LastModified": object.modified = CivilTime.internet(text)
        default: break
        }
    }

    private static func set(_ name: String, _ text: String, _ object: Listing.Object, _ listing: inout Listing) {
        switch name {
        case "Contents": listing.objects.append(object)
        case "IsTruncated": listing.isTruncated = text == "true"
        case "EncodingType": listing.isEncoded = text == "url"
        case "NextContinuationToken": listing.continuation = text
        default: break
        }
    }

    /// Keys are encoded as in forms: a plus sign is a space.
    private static func decoded(_ key: [UInt8]) -> [UInt8] {
        let spaced = key.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }
        return (try? PercentEncoding.decode(spaced)) ?? key
    }
}
