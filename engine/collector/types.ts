/** A request, whoever received it: n8n's webhook or the engine's own listener. */
export interface CollectorRequest {
	method: string;
	/** The route's name: identify, track, batch, open, click, unsubscribe, health. */
	route: string;
	query: Record<string, string>;
	/** Lower-cased names. */
	headers: Record<string, string>;
	body: Uint8Array;
}

export interface CollectorResponse {
	status: number;
	headers: Record<string, string>;
	body: string | Uint8Array;
}

export interface CollectorConfig {
	/** Write key -> source name. */
	writeKeys: Record<string, string>;
	/** Where links in mails point: base URL without trailing slash; `route` is appended (`<base>/click?t=…`). */
	publicUrl: string;
	/** Own listener; null: none. */
	port: number | null;
	/** Listen address of the own listener. Default 0.0.0.0. */
	host?: string;
	/** Workflow that serves these routes through n8n's webhook. */
	workflow: string;
}

export interface CollectorApi {
	/** Stores the configuration, starts or restarts the own listener in this process. Throws BAD_INPUT when the port is taken. */
	configure(config: CollectorConfig): Promise<{ listening: boolean; port: number | null }>;
	/** Stops the listener and forgets the route of this workflow. */
	remove(workflow: string): Promise<void>;
	handle(request: CollectorRequest): Promise<CollectorResponse>;
}
