/** A mail service's SMTP address, from its own help pages (`source`), as read in 2026. */
export interface SmtpPreset {
	/** Stable: stored in credentials. */
	id: string;
	name: string;
	/** '' where each customer has their own. `{region}` is a part to fill in. */
	host: string;
	port: number;
	/** true: TLS from the start; false: STARTTLS. */
	secure: boolean;
	requireTls: boolean;
	/** What goes into user and password where it is not simply the mailbox's. */
	hint?: string;
	source?: string;
}

const APP_PASSWORD = 'The password is an app password made in the account\'s security settings, not the login password.';

export const SMTP_PRESETS: readonly SmtpPreset[] = [
	starttls('gmail', 'Gmail / Google Workspace', 'smtp.gmail.com', 'https://support.google.com/a/answer/176600', APP_PASSWORD),
	starttls('outlook', 'Outlook / Microsoft 365', 'smtp.office365.com',
		'https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission', 'SMTP AUTH must be switched on for the mailbox.'),
	starttls('ses', 'Amazon SES', 'email-smtp.{region}.amazonaws.com', 'https://docs.aws.amazon.com/ses/latest/dg/smtp-connect.html',
		'Put the region into the host, such as email-smtp.eu-west-1.amazonaws.com. User and password are SMTP credentials made in SES, not access keys.'),
	starttls('sendgrid', 'SendGrid', 'smtp.sendgrid.net', 'https://www.twilio.com/docs/sendgrid/for-developers/sending-email/integrating-with-the-smtp-api',
		'The user is the word apikey, the password an API key.'),
	starttls('mailgun', 'Mailgun (US)', 'smtp.mailgun.org', 'https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-smtp',
		'User and password are those of the domain\'s SMTP credentials.'),
	starttls('mailgunEu', 'Mailgun (EU)', 'smtp.eu.mailgun.org', 'https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-smtp',
		'User and password are those of the domain\'s SMTP credentials.'),
	starttls('postmark', 'Postmark', 'smtp.postmarkapp.com', 'https://postmarkapp.com/developer/user-guide/send-email-with-smtp',
		'User and password are both the server token; marketing mail goes through smtp-broadcasts.postmarkapp.com.'),
	starttls('brevo', 'Brevo', 'smtp-relay.brevo.com', 'https://developers.brevo.com/docs/smtp-integration', 'The password is an SMTP key.'),
	starttls('mailjet', 'Mailjet', 'in-v3.mailjet.com', 'https://dev.mailjet.com/smtp-relay/configuration/', 'The user is the API key, the password the secret key.'),
	tls('zoho', 'Zoho Mail', 'smtp.zoho.com', 'https://www.zoho.com/mail/help/zoho-smtp.html', 'Accounts outside the US have their own ending, such as smtp.zoho.eu or smtp.zoho.in.'),
	tls('yahoo', 'Yahoo Mail', 'smtp.mail.yahoo.com', 'https://help.yahoo.com/kb/SLN4724.html', APP_PASSWORD),
	starttls('icloud', 'iCloud Mail', 'smtp.mail.me.com', 'https://support.apple.com/102525', APP_PASSWORD),
	tls('fastmail', 'Fastmail', 'smtp.fastmail.com', 'https://www.fastmail.help/hc/en-us/articles/1500000278342', APP_PASSWORD),
	tls('naver', 'Naver Mail', 'smtp.naver.com', 'https://help.naver.com/service/30029/contents/21344', 'Switch on IMAP/SMTP in the mailbox\'s settings first.'),
	tls('daum', 'Daum / Kakao Mail', 'smtp.daum.net', 'https://cs.daum.net/faq/43/9234.html', 'Switch on IMAP/SMTP in the mailbox\'s settings first; @kakao.com mailboxes use smtp.kakao.com.'),
	tls('qq', 'QQ Mail', 'smtp.qq.com', 'https://service.mail.qq.com/detail/0/75', 'The password is an authorization code made in the mailbox\'s settings.'),
	tls('163', '163 Mail (NetEase)', 'smtp.163.com', 'https://help.mail.163.com', 'The password is an authorization code made in the mailbox\'s settings.'),
	{ id: 'custom', name: 'Other (Custom)', host: '', port: 587, secure: false, requireTls: true },
];

export function smtpPreset(id: string): SmtpPreset | undefined {
	return SMTP_PRESETS.find((preset) => preset.id === id);
}

function starttls(id: string, name: string, host: string, source: string, hint?: string): SmtpPreset {
	return { id, name, host, port: 587, secure: false, requireTls: true, source, ...(hint ? { hint } : {}) };
}

function tls(id: string, name: string, host: string, source: string, hint?: string): SmtpPreset {
	return { id, name, host, port: 465, secure: true, requireTls: true, source, ...(hint ? { hint } : {}) };
}
