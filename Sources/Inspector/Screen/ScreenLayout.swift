internal import Terminal

/// Where everything is, by the size of the screen and what has the focus.
struct ScreenLayout: Sendable, Hashable {
    /// Rows from which on there is a timeline.
    static let timelineFrom = 16
    static let minimum = Size(width: 40, height: 10)

    let top: Rect
    /// `nil` when list and detail take turns and it is the other's.
    let list: Rect?
    let detail: Rect?
    /// The journal as a strip, where a session is shown and there is room.
    let timeline: Rect?
    let compose: Rect
    /// The line for those who look on, where there is one.
    let caption: Rect?
    /// The state beside the context, where there is room.
    let side: Rect?
    let footer: Rect
    /// Whether the screen is too small for anything but a sentence.
    let isTooSmall: Bool

    /// What the list may be wide beside the detail.
    static func listWidths(of size: Size) -> ClosedRange<Int> { 20...max(20, size.width - 40) }

    /// Columns of the screen from which on the state stands beside the context.
    static let sideFrom = 160

    init(
        size: Size,
        showsDetail: Bool,
        composeRows: Int,
        arrangement: Arrangement = Arrangement(),
        hasCaption: Bool = false,
        hasSide: Bool = false
    ) {
        isTooSmall = size.width < Self.minimum.width || size.height < Self.minimum.height
        let (top, below) = Rect(size).splitTop(1)
        let (inner, footer) = below.splitBottom(1)
        let (rest, caption) = inner.splitBottom(hasCaption ? 1 : 0)
        self.caption = hasCaption ? caption : nil
        let (above, compose) = rest.splitBottom(composeRows)
        let hasTimeline =
            size.height >= Self.timelineFrom && (showsDetail || (size.width >= 80 && !arrangement.isZoomed))
        let (main, strip) = above.splitBottom(hasTimeline ? 1 : 0)
        timeline = hasTimeline ? strip : nil
        self.top = top
        self.footer = footer
        self.compose = compose
        if size.width < 80 || arrangement.isZoomed {
            list = showsDetail ? nil : main
            (detail, side) = showsDetail ? Self.sides(of: main, size, hasSide) : (nil, nil)
        } else {
            let standard = size.width < 100 ? 28 : min(48, size.width * 3 / 10)
            let columns = arrangement.listWidth.map { Self.listWidths(of: size).clamp($0) } ?? standard
            let (left, right) = main.splitLeft(columns)
            list = left
            (detail, side) = Self.sides(of: right, size, hasSide)
        }
    }

    private static func sides(of rect: Rect, _ size: Size, _ hasSide: Bool) -> (Rect, Rect?) {
        guard hasSide, size.width >= sideFrom else { return (rect, nil) }
        return rect.splitLeft(rect.width - max(36, rect.width * 3 / 10))
    }

    /// Rows of sessions that fit.
    var listHeight: Int { max(1, (list ?? detail ?? compose).height - 2) }
    /// Rows inside the detail's border.
    var detailHeight: Int { max(1, (detail ?? list ?? compose).height - 2) }
    /// Columns inside the detail's border, with a space at each side.
    var detailWidth: Int { max(1, (detail ?? list ?? compose).width - 4) }
}
