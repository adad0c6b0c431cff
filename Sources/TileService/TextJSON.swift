// SPDX-License-Identifier: Apache-2.0

import HTTPService
import TileModel

// Text, links and metadata as clients see them.

extension PageBox {
    /// `[x, y, width, height]`, to a hundredth, which is finer than any screen and keeps the text of a page small.
    var json: JSON { .array([x, y, width, height].map { .double(($0 * 100).rounded() / 100) }) }
}

extension PagePosition {
    var members: [(String, JSON)] { [("x", x.map(JSON.double) ?? .null), ("y", y.map(JSON.double) ?? .null)] }
}

extension PageSummary {
    fileprivate var sizeMembers: [(String, JSON)] {
        [
            ("page", .int(page)),
            ("width", .double(geometry.width)),
            ("height", .double(geometry.height)),
            ("unit", .string(geometry.unit.rawValue)),
        ]
    }

    func json(_ text: PageText) -> JSON {
        .object(sizeMembers + [("words", .array(text.words.map(\.json)))])
    }

    func json(_ links: [PageLink]) -> JSON {
        .object(sizeMembers + [("links", .array(links.map(\.json)))])
    }
}

extension PageWord {
    fileprivate var json: JSON {
        let endings: JSON =
            switch ending {
            case .space: .null
            case .line: .string("line")
            case .hyphen: .string("hyphen")
            case .wrap: .string("wrap")
            }
        return .compact([("text", .string(text)), ("box", box.json), ("end", endings)])
    }
}

extension PageLink {
    fileprivate var json: JSON {
        let boxes = ("boxes", JSON.array(boxes.map(\.json)))
        return switch target {
        case .page(let page, let position): .compact([boxes, ("page", .int(page))] + (position?.members ?? []))
        case .uri(let uri): .object([boxes, ("uri", .string(uri))])
        }
    }
}

extension DocumentMetadata {
    /// Null where the document says nothing.
    var json: JSON {
        let members = [
            ("author", author), ("subject", subject), ("keywords", keywords), ("creator", creator),
            ("producer", producer), ("created", created), ("modified", modified),
        ]
        guard members.contains(where: { $0.1 != nil }) else { return .null }
        return .compact(members.map { ($0.0, JSON.optional($0.1)) })
    }
}
