// SPDX-License-Identifier: Apache-2.0

package import TileModel

// How each value of the protocol is laid out; reading and writing of one value stand together.

extension ByteWriter {
    mutating func write(_ request: WorkerRequest) {
        switch request {
        case .structure(let from, let count):
            write(UInt8(0))
            write(from)
            write(count)
        case .outline: write(UInt8(1))
        case .page(let page):
            write(UInt8(2))
            write(page)
        case .render(let tile, let pageSize):
            write(UInt8(3))
            write(tile)
            write(pageSize)
        case .text(let page):
            write(UInt8(4))
            write(page)
        case .links(let page):
            write(UInt8(5))
            write(page)
        case .search(let query, let from):
            write(UInt8(6))
            write(query)
            write(from)
        }
    }

    mutating func write(_ size: PixelSize) {
        write(size.width)
        write(size.height)
    }

    mutating func write(_ tile: Tile) {
        write(tile.page)
        for value in [tile.region.x, tile.region.y, tile.region.width, tile.region.height] { write(value) }
        write(tile.size)
        write(tile.rotation.mirrored)
        write(tile.rotation.degrees)
        write(tile.quality.rawValue)
        write(tile.format.rawValue)
    }

    package mutating func write(_ page: PageSummary) {
        write(page.page)
        write(page.geometry.width)
        write(page.geometry.height)
        write(page.geometry.unit.rawValue)
        write(page.geometry.rotation)
        write(page.label) { $0.write($1) }
        write(page.tiles.rawValue)
    }

    mutating func write(_ items: [OutlineItem]) {
        write(items) { writer, item in
            writer.write(item.title)
            writer.write(item.page) { $0.write($1) }
            writer.write(item.position) { $0.write($1) }
            writer.write(item.items)
        }
    }

    /// Returns the bytes that shall follow.
    mutating func write(_ reply: WorkerReply) -> [UInt8] {
        switch reply {
        case .structure(let part):
            write(UInt8(0))
            write(part.summary.format)
            write(part.summary.pages) { $0.write($1) }
            write(part.summary.title) { $0.write($1) }
            write(part.summary.metadata)
            write(part.pages) { $0.write($1) }
        case .outline(let items):
            write(UInt8(1))
            write(items)
        case .page(let page):
            write(UInt8(2))
            write(page)
        case .picture(let picture):
            write(UInt8(3))
            write(picture.format.rawValue)
            write(picture.size)
            return picture.data
        case .text(let text):
            write(UInt8(4))
            write(text)
        case .links(let links):
            write(UInt8(5))
            write(links) { $0.write($1) }
        case .search(let part):
            write(UInt8(6))
            write(part)
        }
        return []
    }

    mutating func write(_ report: WorkerReport) {
        write(report.openMilliseconds)
        write(report.renderMilliseconds)
        write(report.encodeMilliseconds)
        write(report.reads)
        write(report.readBytes)
        write(report.openDocuments)
        write(report.allocatedBytes)
    }

    mutating func write(_ failure: WorkerFailure) {
        switch failure {
        case .needsSource: write(UInt8(0))
        case .formatUnknown: write(UInt8(1))
        case .damaged(let reason):
            write(UInt8(2))
            write(reason)
        case .passwordRequired: write(UInt8(3))
        case .noSuchPage(let pages):
            write(UInt8(4))
            write(pages)
        case .pageSizeDiffers(let page):
            write(UInt8(5))
            write(page)
        case .sourceChanged: write(UInt8(6))
        case .cancelled: write(UInt8(7))
        case .tooLarge: write(UInt8(8))
        case .formatUnsupported: write(UInt8(9))
        case .otherKind(let kind):
            write(UInt8(10))
            write(kind.rawValue)
        case .passwordWrong: write(UInt8(11))
        case .documentTooLarge: write(UInt8(12))
        case .bytesMissing(let ranges):
            write(UInt8(13))
            write(ranges)
        }
    }
}

extension ByteReader {
    mutating func request() throws(MalformedFrame) -> WorkerRequest {
        switch try byte() {
        case 0: .structure(from: try int(), count: try int())
        case 1: .outline
        case 2: .page(try int())
        case 3: .render(try tile(), pageSize: try pixelSize())
        case 4: .text(page: try int())
        case 5: .links(page: try int())
        case 6: .search(try string(), from: try int())
        default: throw MalformedFrame()
        }
    }

    mutating func pixelSize() throws(MalformedFrame) -> PixelSize { PixelSize(width: try int(), height: try int()) }

    mutating func value<Value: RawRepresentable<String>>() throws(MalformedFrame) -> Value {
        guard let value = Value(rawValue: try string()) else { throw MalformedFrame() }
        return value
    }

    mutating func tile() throws(MalformedFrame) -> Tile {
        Tile(
            page: try int(),
            region: PixelRegion(x: try int(), y: try int(), width: try int(), height: try int()),
            size: try pixelSize(),
            rotation: TileRotation(mirrored: try bool(), degrees: try double()),
            quality: try value(),
            format: try value()
        )
    }

    package mutating func page() throws(MalformedFrame) -> PageSummary {
        let page = try int()
        let geometry = PageGeometry(
            width: try double(), height: try double(), unit: try value(), rotation: try int())
        let label = try optional { reader throws(MalformedFrame) in try reader.string() }
        return PageSummary(page: page, geometry: geometry, label: label, tiles: try value())
    }

    /// - Parameter depth: how deep an outline may still nest.
    mutating func outline(depth: Int = 64) throws(MalformedFrame) -> [OutlineItem] {
        guard depth > 0 else { throw MalformedFrame() }
        return try list { reader throws(MalformedFrame) in
            let title = try reader.string()
            let page = try reader.optional { reader throws(MalformedFrame) in try reader.int() }
            let position = try reader.optional { reader throws(MalformedFrame) in try reader.pagePosition() }
            return OutlineItem(
                title: title, page: page, position: position, items: try reader.outline(depth: depth - 1))
        }
    }

    mutating func reply() throws(MalformedFrame) -> WorkerReply {
        switch try byte() {
        case 0:
            let format = try string()
            let pages = try optional { reader throws(MalformedFrame) in try reader.int() }
            let title = try optional { reader throws(MalformedFrame) in try reader.string() }
            return .structure(
                StructurePart(
                    summary: DocumentSummary(
                        format: format, pages: pages, title: title, metadata: try metadata()),
                    pages: try list { reader throws(MalformedFrame) in try reader.page() }))
        case 1: return .outline(try outline())
        case 2: return .page(try page())
        case 3:
            let format: TileFormat = try value()
            let size = try pixelSize()
            return .picture(Picture(format: format, size: size, data: Array(rest)))
        case 4: return .text(try text())
        case 5: return .links(try list { reader throws(MalformedFrame) in try reader.link() })
        case 6: return .search(try searchPart())
        default: throw MalformedFrame()
        }
    }

    mutating func report() throws(MalformedFrame) -> WorkerReport {
        var report = WorkerReport()
        report.openMilliseconds = try measure()
        report.renderMilliseconds = try measure()
        report.encodeMilliseconds = try measure()
        report.reads = try count()
        report.readBytes = try count()
        report.openDocuments = try count()
        report.allocatedBytes = try count()
        return report
    }

    mutating func failure() throws(MalformedFrame) -> WorkerFailure {
        switch try byte() {
        case 0: .needsSource
        case 1: .formatUnknown
        case 2: .damaged(try string())
        case 3: .passwordRequired
        case 4: .noSuchPage(pages: try int())
        case 5: .pageSizeDiffers(try page())
        case 6: .sourceChanged
        case 7: .cancelled
        case 8: .tooLarge
        case 9: .formatUnsupported
        case 10: .otherKind(try value())
        case 11: .passwordWrong
        case 12: .documentTooLarge
        case 13: .bytesMissing(try ranges())
        default: throw MalformedFrame()
        }
    }
}
