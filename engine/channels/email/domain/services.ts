/** What a delivery service asks of a sender's domain, by its own help pages. */
export interface SendingService {
	id: string;
	name: string;
	/** What SPF must include; any one of them will do, the first is what is proposed. Empty: nothing of the From domain is asked. */
	spf: readonly string[];
	/** It sends with a return path of its own, so SPF is asked of that domain, and DMARC passes by DKIM alone. */
	ownReturnPath: boolean;
	/** Selectors that it has for everybody. */
	selectors: readonly string[];
}

/** Ids are those of SMTP_PRESETS and of the providers where these have one. */
export const SENDING_SERVICES: readonly SendingService[] = [
	service('gmail', 'Gmail / Google Workspace', ['_spf.google.com'], ['google'], false),
	service('outlook', 'Outlook / Microsoft 365', ['spf.protection.outlook.com'], ['selector1', 'selector2'], false),
	service('ses', 'Amazon SES', ['amazonses.com'], []),
	service('sendgrid', 'SendGrid', ['sendgrid.net'], ['s1', 's2']),
	service('mailgun', 'Mailgun', ['mailgun.org'], ['mx', 'smtp', 'mailo', 'k1', 'pic', 'email', 'krs']),
	service('postmark', 'Postmark', ['spf.mtasv.net'], ['pm']),
	service('resend', 'Resend', ['amazonses.com'], ['resend']),
	service('brevo', 'Brevo', ['spf.brevo.com', 'spf.sendinblue.com'], ['mail', 'brevo1', 'brevo2']),
	service('sparkpost', 'SparkPost', ['sparkpostmail.com'], []),
	service('mailjet', 'Mailjet', ['spf.mailjet.com'], ['mailjet'], false),
	service('zoho', 'Zoho Mail', ['zohomail.com', 'zoho.com', 'zoho.eu', 'zoho.in', 'zohomail.eu', 'zohomail.in'], ['zmail', 'zoho'], false),
	service('icloud', 'iCloud Mail', ['icloud.com'], ['sig1'], false),
	service('fastmail', 'Fastmail', ['spf.messagingengine.com'], ['fm1', 'fm2', 'fm3'], false),
];

/** Where a domain's own servers often have theirs. */
const COMMON_SELECTORS = ['default', 'dkim', 'mail', 'k1', 's1', 's2', 'key1', 'dkim1'];

export function sendingService(id: string | undefined): SendingService | undefined {
	return SENDING_SERVICES.find((one) => one.id === (id === 'mailgunEu' ? 'mailgun' : id));
}

/** Of the service; without one, of all that are known. */
export function usualSelectors(service: SendingService | undefined): string[] {
	const known = service === undefined ? SENDING_SERVICES.flatMap(({ selectors }) => selectors) : service.selectors;
	return [...new Set([...known, ...(service === undefined ? COMMON_SELECTORS : [])])];
}

function service(id: string, name: string, spf: string[], selectors: string[], ownReturnPath = true): SendingService {
	return { id, name, spf, ownReturnPath, selectors };
}
