/** Who wants to hear that somebody is due at a step. */
export class WakeBoard {
	private readonly listeners = new Set<(workflow: string, step: string) => void>();

	listen(listener: (workflow: string, step: string) => void): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	tell(workflow: string, step: string): void {
		for (const listener of this.listeners) listener(workflow, step);
	}
}
