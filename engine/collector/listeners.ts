import { openListener, type Handle, type Listener } from './listener';

interface Shared {
	listener: Listener;
	/** With how many proxies each trusts. */
	workflows: Map<string, number>;
}

/** The listeners of this process, by address and port; workflows that name the same one share it. */
export class Listeners {
	private readonly byAddress = new Map<string, Shared>();
	/** One change at a time: two activations at once must not both open the port. */
	private turn: Promise<unknown> = Promise.resolve();

	constructor(private readonly handle: Handle) {}

	/** Answers with the port listened on. The workflow's former listener, if another, closes when nobody else uses it. */
	use(workflow: string, host: string, port: number, trustedProxies: number): Promise<number> {
		return this.next(async () => {
			const known = this.byAddress.get(`${host}:${port}`);
			const shared = known ?? (await this.open(host, port));
			// By the port it got: 0 asks for any free one.
			const address = `${host}:${shared.listener.port}`;
			this.byAddress.set(address, shared);
			shared.workflows.set(workflow, trustedProxies);
			await this.leaveExcept(workflow, address);
			return shared.listener.port;
		});
	}

	leave(workflow: string): Promise<void> {
		return this.next(() => this.leaveExcept(workflow, null));
	}

	closeAll(): Promise<void> {
		return this.next(async () => {
			const open = [...this.byAddress.values()];
			this.byAddress.clear();
			await Promise.all(open.map(({ listener }) => listener.close()));
		});
	}

	private async open(host: string, port: number): Promise<Shared> {
		const workflows = new Map<string, number>();
		// Who shares a listener has the same proxies in front of it; where they disagree the fewest are believed.
		const trustedProxies = (): number => (workflows.size === 0 ? 0 : Math.min(...workflows.values()));
		return { listener: await openListener({ port, host, trustedProxies }, this.handle), workflows };
	}

	private async leaveExcept(workflow: string, kept: string | null): Promise<void> {
		for (const [address, { listener, workflows }] of this.byAddress) {
			if (address === kept || !workflows.delete(workflow) || workflows.size > 0) continue;
			this.byAddress.delete(address);
			await listener.close();
		}
	}

	private next<Result>(work: () => Promise<Result>): Promise<Result> {
		const result = this.turn.then(work);
		this.turn = result.catch(() => undefined);
		return result;
	}
}
