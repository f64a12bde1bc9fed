/** Services and our own pages post some dozens. To read a million takes half a minute, and whoever posts has proved nothing yet. */
export const MOST_FORM_FIELDS = 1_000;

/** The fields of an application/x-www-form-urlencoded text; none of one that has more than MOST_FORM_FIELDS. */
export function formFields(text: string): URLSearchParams {
	return new URLSearchParams(holdsMore(text, '&') ? '' : text);
}

/** Whether a form whose fields stand between such marks has more than MOST_FORM_FIELDS; it is read no further than that. */
export function holdsMore(form: string | Buffer, mark: string): boolean {
	let fields = 1;
	for (let at = form.indexOf(mark); at >= 0 && fields <= MOST_FORM_FIELDS; at = form.indexOf(mark, at + mark.length)) fields += 1;
	return fields > MOST_FORM_FIELDS;
}
