/** The kill switch: while it is on, nothing is sent (the guards read it when a message is reserved and when it is attempted). */
export interface StopSwitch {
	stopped: boolean;
	reason: string | null;
	/** UTC milliseconds of the change; null when it was never touched. */
	atMs: number | null;
}

/** A collector as stored. Write keys are kept as SHA-256 (hex), never as given: who reads the database cannot send events. */
export interface StoredCollector {
	workflow: string;
	keys: Array<{ hash: string; source: string }>;
	/** Base URL without trailing slash. */
	publicUrl: string;
	port: number | null;
	host: string;
	/** UTC milliseconds. */
	configuredAtMs: number;
}
