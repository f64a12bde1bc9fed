/** What web analytics reads from a link's address (https://support.google.com/analytics/answer/10917952); empty ones are not added. */
export interface UtmParameters {
	source?: string;
	medium?: string;
	campaign?: string;
	/** Which message or variant of it. */
	content?: string;
	term?: string;
}
