/** Why a page was not given: the address may not be read, or it may and that failed. `reason` completes "the page …". */
export interface NotFetched {
  readonly kind: "refused" | "failed";
  readonly reason: string;
}

export interface Page {
  readonly kind: "page";
  /** After redirects. */
  readonly url: string;
  readonly contentType: string;
  readonly text: string;
  /** Whether the page was longer than what is given. */
  readonly cut: boolean;
}

/** Reads pages of the hosts that the operator and the repository both allow, and of no other. */
export interface Web {
  /** In the form `host` or `host:port`. */
  readonly hosts: readonly string[];
  /** GET over HTTPS, bounded in size and time. Never throws. */
  page(url: string, signal: AbortSignal): Promise<Page | NotFetched>;
  /** The same, for those of the hosts that are named here too. */
  within(hosts: readonly string[]): Web;
}
