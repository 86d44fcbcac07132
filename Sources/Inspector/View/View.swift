internal import Inspection
package import Terminal

extension InspectorModel {
    /// Draws everything.
    package func view() -> Surface {
        var surface = Surface(size: size)
        let layout = layout
        guard !layout.isTooSmall else {
            drawTooSmall(&surface)
            return surface
        }
        if let list = layout.list { drawList(list, &surface) }
        if let detail = layout.detail { drawDetail(detail, &surface) }
        drawComposer(layout.compose, &surface)
        if !link.isUp, list.page != nil { dim(layout, &surface) }
        drawTop(layout.top, &surface)
        drawFooter(layout.footer, &surface)
        drawOverlay(&surface)
        return surface
    }

    private func drawTooSmall(_ surface: inout Surface) {
        let needed = ScreenLayout.minimum
        let text: SafeText =
            "seismo needs \(needed.width)×\(needed.height) cells; this is \(size.width)×\(size.height)."
        for (y, line) in text.wrapped(to: max(1, size.width)).enumerated() { surface.draw(line, x: 0, y: y) }
    }

    /// The last picture stays while the link is down, and looks like it.
    private func dim(_ layout: ScreenLayout, _ surface: inout Surface) {
        let all = Rect(x: 0, y: layout.top.maxY, width: size.width, height: size.height - 2)
        surface.restyle(all) { $0.attributes.insert(.dim) }
    }

    /// One of the frames of what turns while something goes on.
    var spinner: SafeText { ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"][Int(now / 125 % 8)] }
}
