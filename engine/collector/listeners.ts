import { openListener, type Handle, type Listener } from './listener';

interface Shared {
	listener: Listener;
	workflows: Set<string>;
}

/** The listeners of this process, by address and port; workflows that name the same one share it. */
export class Listeners {
	private readonly byAddress = new Map<string, Shared>();
	/** One change at a time: two activations at once must not both open the port. */
	private turn: Promise<unknown> = Promise.resolve();

	constructor(private readonly handle: Handle) {}

	/** Answers with the port listened on. The workflow's former listener, if another, closes when nobody else uses it. */
	use(workflow: string, host: string, port: number): Promise<number> {
		return this.next(async () => {
			const known = this.byAddress.get(`${host}:${port}`);
			const shared = known ?? { listener: await openListener({ port, host }, this.handle), workflows: new Set<string>() };
			// By the port it got: 0 asks for any free one.
			const address = `${host}:${shared.listener.port}`;
			this.byAddress.set(address, shared);
			shared.workflows.add(workflow);
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
