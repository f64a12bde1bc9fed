/** Where the engine reports what a caller cannot see. Never personal data, never a secret. */
export interface Log {
	info(message: string, facts?: Record<string, string | number | boolean>): void;
	warn(message: string, facts?: Record<string, string | number | boolean>): void;
	error(message: string, facts?: Record<string, string | number | boolean>): void;
}

export const silentLog: Log = { info() {}, warn() {}, error() {} };
