internal import NIOCore
internal import NIOHTTP1

/// Hands the requests of a connection to the responder, one after another, and writes its answers.
///
/// A request whose body comes with its head is handed over whole; otherwise its body arrives while the responder runs.
final class RequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What of a request is being read.
    private enum Reading {
        /// Nothing: no request has begun, or the one that is being answered is complete.
        case nothing
        /// A head, and what of the body came with it.
        case gathering(HTTPRequestHead, ByteBuffer?)
        case body(BodyPieces.Source)
        /// A body whose request is already answered.
        case discarding
    }

    private let server: RequestServer
    private var context: ChannelHandlerContext?
    private var peer = ""
    private var reading = Reading.nothing
    private var isAnswering = false
    private var closesAfterAnswer = false
    /// Why nothing more can be read; told after what was read is answered.
    private var failure: (any Error)?
    /// Parts of requests that came before the answer to an earlier one was written.
    private var held: CircularBuffer<HTTPServerRequestPart> = []
    /// Whether the responder has more of the body waiting than it should.
    private var isFull = false
    private var isReadHeld = false
    private var wholeAnswers: WholeAnswers?
    private var idle: (since: NIODeadline, timer: Scheduled<Void>?) = (.now(), nil)

    init(_ server: RequestServer) { self.server = server }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        peer = context.remoteAddress?.ipAddress ?? ""
        wholeAnswers = WholeAnswers(context.pipeline.syncOperations)
        watchIdle(in: server.idle)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        idle.timer?.cancel()
        self.context = nil
        wholeAnswers = nil
        endBody(throwing: ChannelError.inputClosed)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isAnswering || !context.channel.isWritable || !held.isEmpty, case .nothing = reading {
            return held.append(part)
        }
        take(part)
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch (reading, part) {
        case (.nothing, .head(let head)): reading = .gathering(head, nil)
        case (.gathering(let head, nil), .body(let piece)): reading = .gathering(head, piece)
        case (.gathering(let head, var gathered?), .body(var piece)):
            reading = .nothing
            gathered.writeBuffer(&piece)
            reading = .gathering(head, gathered)
        case (.gathering(let head, let gathered), .end):
            reading = .nothing
            answer(head, .whole(gathered ?? ByteBuffer()))
        case (.body(let source), .body(let piece)):
            if case .stopProducing = source.yield(piece) { isFull = true }
        case (.body, .end): endBody()
        case (.discarding, .end):
            reading = .nothing
            takeHeld()
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        answerWhatBegan()
        context.fireChannelReadComplete()
    }

    /// Answers a request whose body is not complete.
    private func answerWhatBegan() {
        guard case .gathering(let head, let gathered) = reading, let context else { return }
        let loop = context.eventLoop
        let me = NIOLoopBound(self, eventLoop: loop)
        let body = BodyDemand.body { loop.execute { me.value.readOn() } }
        reading = .body(body.source)
        if let gathered { _ = body.source.yield(gathered) }
        answer(head, .arriving(body.sequence))
    }

    private func endBody(throwing error: (any Error)? = nil) {
        guard case .body(let source) = reading else { return }
        reading = .nothing
        if let error { source.finish(error) } else { source.finish() }
        readOn()
    }

    /// Parts that came while an answer was under way, or while the client did not read the ones before.
    private func takeHeld() {
        guard let context, context.channel.isWritable else { return }
        while !isAnswering, let part = held.popFirst() { take(part) }
        if held.isEmpty {
            answerWhatBegan()
            if let failure, case .body = reading {
                closesAfterAnswer = true
                endBody(throwing: failure)
            }
        }
        readOn()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isAnswering { resumeReading() } else { takeHeld() }
        endIfNothingFollows()
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        if isFull || !held.isEmpty || !context.channel.isWritable { isReadHeld = true } else { context.read() }
    }

    /// The responder has taken enough of the body.
    private func readOn() {
        isFull = false
        resumeReading()
    }

    private func resumeReading() {
        guard isReadHeld, !isFull, held.isEmpty, let context, context.channel.isWritable else { return }
        isReadHeld = false
        context.read()
    }

    // MARK: Answering

    private func answer(_ head: HTTPRequestHead, _ body: IncomingBody) {
        guard let context else { return }
        isAnswering = true
        if !head.isKeepAlive || head.isLastToBeRead { closesAfterAnswer = true }
        let request = ServerRequest(head: head, peer: peer, body: body)
        let (loop, channel, respond) = (context.eventLoop, context.channel, server.respond)
        let me = NIOLoopBound(self, eventLoop: loop)
        Task.detached(executorPreference: server.executor) {
            let response = await respond(request)
            guard case .stream(let write) = response.body else { return loop.execute { me.value.send(response) } }
            loop.execute { me.value.begin(response) }
            do {
                try await write(ResponseStream(channel: channel))
                loop.execute { me.value.end() }
            } catch {
                channel.close(promise: nil)
            }
        }
    }

    private func send(_ response: ServerResponse) {
        guard let context, case .whole(let body) = response.body else { return }
        if wholeAnswers?.write(response, body, server: server.name, closes: closesAfterAnswer) ?? false {
            return goOn(context)
        }
        var response = response
        // An answer of these has no body (RFC 9112, section 6.3): its bytes would be taken for the next answer.
        let hasBody = ![204, 304].contains(response.status.code)
        if hasBody, !response.headers.contains(name: "content-length") {
            response.headers.add(name: "content-length", value: String(body.readableBytes))
        }
        writeHead(response, context)
        if hasBody, body.readableBytes > 0 { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        end()
    }

    private func begin(_ response: ServerResponse) {
        guard let context else { return }
        writeHead(response, context)
        context.flush()
    }

    private func writeHead(_ response: ServerResponse, _ context: ChannelHandlerContext) {
        var headers = response.headers
        headers.replaceOrAdd(name: "date", value: DateHeader.now)
        if let name = server.name { headers.replaceOrAdd(name: "server", value: name) }
        if closesAfterAnswer {
            headers.replaceOrAdd(name: "connection", value: "close")
        } else if headers.first(name: "connection")?.lowercased() == "close" {
            closesAfterAnswer = true
        }
        let head = HTTPResponseHead(version: .http1_1, status: response.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func end() {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        goOn(context)
    }

    /// The answer is written: what came meanwhile is next.
    private func goOn(_ context: ChannelHandlerContext) {
        isAnswering = false
        idle.since = .now()
        if case .body(let source) = reading {
            source.finish()
            reading = .discarding
        }
        if closesAfterAnswer { return context.closeAfterAnswer() }
        takeHeld()
        endIfNothingFollows()
    }

    /// Ends the connection when nothing more can be read, and what was read is answered.
    private func endIfNothingFollows() {
        guard !isAnswering, held.isEmpty, let context, let failure = failure.take() else { return }
        if failure is HTTPParserError {
            context.answer(.badRequest, code: "request_malformed", message: "This is not an HTTP/1.1 request.")
        } else {
            context.closeAfterAnswer()
        }
    }

    /// Whether something that came is not answered yet.
    private var isBehind: Bool { isAnswering || !held.isEmpty }

    // MARK: The end

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answerWhatBegan()
        switch reading {
        case .body:
            closesAfterAnswer = true
            endBody(throwing: error)
        case .nothing where isBehind: failure = failure ?? error
        case .discarding: context.closeAfterAnswer()
        default: context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            if isAnswering { closesAfterAnswer = true } else { context.close(promise: nil) }
        case ChannelEvent.inputClosed:
            answerWhatBegan()
            endBody(throwing: ChannelError.inputClosed)
            if isBehind { failure = failure ?? ChannelError.inputClosed } else { context.close(promise: nil) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// Closes the connection when no request has come for that long.
    private func watchIdle(in time: TimeAmount) {
        guard let context else { return }
        idle.timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) {
            let left = self.idle.since + self.server.idle - .now()
            if self.isAnswering || left > .zero {
                self.watchIdle(in: self.isAnswering ? self.server.idle : left)
            } else {
                context.close(promise: nil)
            }
        }
    }
}

/// What serves the requests of all connections.
struct RequestServer: Sendable {
    /// The value of `Server`; `nil` leaves it out.
    let name: String?
    /// How long a connection may be without a request.
    let idle: TimeAmount
    /// Where the responder runs.
    let executor: (any TaskExecutor)?
    let respond: @Sendable (ServerRequest) async -> ServerResponse
}
