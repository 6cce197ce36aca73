/**
 * The token for an API that asks for one: pasted, or got by signing in (OAuth 2.0 authorization code with PKCE, RFC 7636, as
 * Cognito's hosted pages have it). It stays in this tab's session and goes out in a header alone.
 */
import { byId } from './dom.ts';

const TOKEN = 'token';
/** What a sign-in that is under way has to be told by when it comes back. */
const PENDING = 'sign-in';
/** Of this page; `login` is there where people can sign in. */
const { login, client = '' } = document.documentElement.dataset;
const HERE = location.origin + location.pathname;

export const bearer = (): Record<string, string> => {
  const token = sessionStorage.getItem(TOKEN);
  return token === null ? {} : { authorization: `Bearer ${token}` };
};

const form = byId('sign-in', HTMLFormElement);
const input = byId('token', HTMLInputElement);
const signOut = byId('sign-out', HTMLElement);

/** Asks for a token. @param trouble what is wrong with the one that was tried */
export function askForToken(trouble: string): void {
  form.hidden = false;
  byId('token-trouble', HTMLElement).textContent = trouble;
}

/** Wires the form up. @param onChange a token has come, or has gone */
export function startSignIn(onChange: () => void): void {
  const there = byId('sign-in-there', HTMLElement);
  there.hidden = login === undefined;
  there.addEventListener('click', () => void leaveToSignIn());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    keep(input.value.trim().replace(/^Bearer +/i, ''));
    form.hidden = true;
    input.value = '';
    // What had the focus is hidden now.
    byId('pad', HTMLElement).focus();
    onChange();
  });
  signOut.addEventListener('click', () => {
    keep(undefined);
    onChange();
  });
  signOut.hidden = sessionStorage.getItem(TOKEN) === null;
}

function keep(token: string | undefined): void {
  if (token === undefined) sessionStorage.removeItem(TOKEN);
  else sessionStorage.setItem(TOKEN, token);
  signOut.hidden = token === undefined;
}

async function leaveToSignIn(): Promise<void> {
  const [state, verifier] = [randomText(), randomText()];
  sessionStorage.setItem(PENDING, JSON.stringify([state, verifier]));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  location.assign(
    `${login}/oauth2/authorize?${new URLSearchParams({
      response_type: 'code',
      client_id: client,
      redirect_uri: HERE,
      scope: 'openid',
      state,
      code_challenge: base64url(new Uint8Array(digest)),
      code_challenge_method: 'S256',
    })}`,
  );
}

/** Back from signing in: gets the token for the code in the address, which is taken out of it. @throws Error with what went wrong */
export async function finishSignIn(): Promise<void> {
  const answer = new URLSearchParams(location.search);
  const state = answer.get('state');
  if (login === undefined || state === null) return;
  history.replaceState(null, '', HERE + location.hash);
  const [expected, verifier] = JSON.parse(sessionStorage.getItem(PENDING) ?? '[]') as string[];
  sessionStorage.removeItem(PENDING);
  if (state !== expected)
    throw new Error('Signing in: this is not the answer to a question of this tab. Try again.');
  const code = answer.get('code');
  if (code === null) throw new Error(`Signing in: ${answer.get('error_description') ?? answer.get('error')}`);
  const response = await fetch(`${login}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: client,
      redirect_uri: HERE,
      code,
      code_verifier: verifier!,
    }),
  });
  const { access_token: token, error } = (await response.json()) as { access_token?: string; error?: string };
  if (token === undefined) throw new Error(`Signing in: ${error ?? response.status}`);
  keep(token);
}

/** 43 characters, as RFC 7636 recommends. */
export const randomText = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
