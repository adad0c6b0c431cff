// SPDX-License-Identifier: Apache-2.0

import TileModel

// How text, links, hits and metadata are laid out; reading and writing of one value stand together.

extension ByteWriter {
    mutating func write(_ box: PageBox) {
        for value in [box.x, box.y, box.width, box.height] { write(value) }
    }

    mutating func write(_ position: PagePosition) {
        write(position.x) { $0.write($1) }
        write(position.y) { $0.write($1) }
    }

    mutating func write(_ text: PageText) {
        write(text.words) { writer, word in
            writer.write(word.text)
            writer.write(word.box)
            writer.write(word.ending.rawValue)
        }
    }

    mutating func write(_ link: PageLink) {
        write(link.boxes) { $0.write($1) }
        switch link.target {
        case .page(let page, let position):
            write(UInt8(0))
            write(page)
            write(position) { $0.write($1) }
        case .uri(let uri):
            write(UInt8(1))
            write(uri)
        }
    }

    mutating func write(_ part: SearchPart) {
        write(part.hits) { writer, hit in
            writer.write(hit.page)
            writer.write(hit.boxes) { $0.write($1) }
            for text in [hit.before, hit.match, hit.after] { writer.write(text) }
        }
        write(part.next) { $0.write($1) }
    }

    mutating func write(_ metadata: DocumentMetadata) {
        for text in [
            metadata.author, metadata.subject, metadata.keywords, metadata.creator, metadata.producer,
            metadata.created, metadata.modified,
        ] { write(text) { $0.write($1) } }
    }
}

extension ByteReader {
    mutating func box() throws(MalformedFrame) -> PageBox {
        PageBox(x: try double(), y: try double(), width: try double(), height: try double())
    }

    private mutating func boxes() throws(MalformedFrame) -> [PageBox] {
        try list { reader throws(MalformedFrame) in try reader.box() }
    }

    mutating func pagePosition() throws(MalformedFrame) -> PagePosition {
        PagePosition(
            x: try optional { reader throws(MalformedFrame) in try reader.double() },
            y: try optional { reader throws(MalformedFrame) in try reader.double() })
    }

    mutating func text() throws(MalformedFrame) -> PageText {
        PageText(
            words: try list { reader throws(MalformedFrame) in
                let (text, box) = (try reader.string(), try reader.box())
                guard let ending = PageWord.Ending(rawValue: try reader.byte()) else { throw MalformedFrame() }
                return PageWord(text: text, box: box, ending: ending)
            })
    }

    mutating func link() throws(MalformedFrame) -> PageLink {
        let boxes = try boxes()
        switch try byte() {
        case 0:
            let page = try int()
            let position = try optional { reader throws(MalformedFrame) in try reader.pagePosition() }
            return PageLink(boxes: boxes, target: .page(page, position))
        case 1: return PageLink(boxes: boxes, target: .uri(try string()))
        default: throw MalformedFrame()
        }
    }

    mutating func searchPart() throws(MalformedFrame) -> SearchPart {
        let hits = try list { reader throws(MalformedFrame) in
            SearchHit(
                page: try reader.int(), boxes: try reader.boxes(), before: try reader.string(),
                match: try reader.string(), after: try reader.string())
        }
        return SearchPart(hits: hits, next: try optional { reader throws(MalformedFrame) in try reader.int() })
    }

    mutating func metadata() throws(MalformedFrame) -> DocumentMetadata {
        DocumentMetadata(
            author: try line(), subject: try line(), keywords: try line(), creator: try line(),
            producer: try line(), created: try line(), modified: try line())
    }

    private mutating func line() throws(MalformedFrame) -> String? {
        try optional { reader throws(MalformedFrame) in try reader.string() }
    }
}
