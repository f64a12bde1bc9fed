/** So many people in any stretch of time of this length. */
export interface ThrottleLimit {
	/** 1 to 1,000,000. */
	people: number;
	/** In milliseconds; 1,000 to a day. */
	perMs: number;
}
