// SPDX-License-Identifier: Apache-2.0

/// A rectangle on a page as it is shown: in the page's units (points or pixels), from its top left corner, the page's
/// rotation applied.
package struct PageBox: Hashable, Sendable {
    package var x: Double
    package var y: Double
    package var width: Double
    package var height: Double

    package init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The smallest box around both.
    package func union(_ other: PageBox) -> PageBox {
        let (left, top) = (min(x, other.x), min(y, other.y))
        return PageBox(
            x: left, y: top, width: max(x + width, other.x + other.width) - left,
            height: max(y + height, other.y + other.height) - top)
    }
}

/// A point of a page, in the same terms as `PageBox`. What is absent the reader leaves as it is.
package struct PagePosition: Hashable, Sendable {
    package var x: Double?
    package var y: Double?

    package init(x: Double?, y: Double?) {
        self.x = x
        self.y = y
    }
}

/// Characters without white space between them, on one line.
package struct PageWord: Hashable, Sendable {
    /// What stands between a word and the next.
    package enum Ending: UInt8, Sendable {
        case space
        /// The line ends here.
        case line
        /// The line ends here, and a hyphen, part of the text, divides one word in two.
        case hyphen
        /// The line was full in the middle of a word, which goes on with the next.
        case wrap
    }

    package var text: String
    package var box: PageBox
    package var ending: Ending

    package init(text: String, box: PageBox, ending: Ending = .space) {
        self.text = text
        self.box = box
        self.ending = ending
    }
}

/// A page's words in reading order.
package struct PageText: Hashable, Sendable {
    package var words: [PageWord]

    package init(words: [PageWord] = []) { self.words = words }
}

/// A part of a page that leads somewhere.
package struct PageLink: Hashable, Sendable {
    package enum Target: Hashable, Sendable {
        /// A 1-based page of the same document.
        case page(Int, PagePosition?)
        /// As the document gives it: whoever follows it must look at the scheme.
        case uri(String)
    }

    /// More than one where a link goes over a line's end.
    package var boxes: [PageBox]
    package var target: Target

    package init(boxes: [PageBox], target: Target) {
        self.boxes = boxes
        self.target = target
    }
}

/// A place where the document holds what was searched for.
package struct SearchHit: Hashable, Sendable {
    package var page: Int
    /// One a line.
    package var boxes: [PageBox]
    /// Some text before, the text found, and some after, white space drawn together.
    package var before: String
    package var match: String
    package var after: String

    package init(page: Int, boxes: [PageBox], before: String, match: String, after: String) {
        self.page = page
        self.boxes = boxes
        self.before = before
        self.match = match
        self.after = after
    }
}

/// What a search found within its lease.
package struct SearchPart: Hashable, Sendable {
    package var hits: [SearchHit]
    /// The page to go on from; nil at the end of the document.
    package var next: Int?

    package init(hits: [SearchHit], next: Int?) {
        self.hits = hits
        self.next = next
    }
}

/// What a document says of itself. Absent is what it does not say.
package struct DocumentMetadata: Hashable, Sendable {
    package var author: String?
    package var subject: String?
    package var keywords: String?
    /// The program in which it was written.
    package var creator: String?
    /// The program that made the file.
    package var producer: String?
    /// ISO 8601, as precise as the document says.
    package var created: String?
    package var modified: String?

    package init(
        author: String? = nil, subject: String? = nil, keywords: String? = nil, creator: String? = nil,
        producer: String? = nil, created: String? = nil, modified: String? = nil
    ) {
        self.author = author
        self.subject = subject
        self.keywords = keywords
        self.creator = creator
        self.producer = producer
        self.created = created
        self.modified = modified
    }
}
