import type { Context } from 'koa';
import type { Language } from '../messages.ts';

const languageCookie = 'webhoster-language';
const deviceCookie = 'webhoster-device';
const year = 31_536_000;

/** The proxy sets this header itself, whatever the client sent. */
function isEncrypted(ctx: Context): boolean {
  return ctx.get('X-Forwarded-Proto') === 'https';
}

/** Browsers let nobody else set a cookie named `__Host-…`, and not without encryption. */
function ownName(ctx: Context, name: string): string {
  return isEncrypted(ctx) ? `__Host-${name}` : name;
}

const sessionCookie = (ctx: Context) => ownName(ctx, 'webhoster-session');
const passwordCookie = (ctx: Context) => ownName(ctx, 'webhoster-password');

interface CookieOptions {
  value: string;
  /** Seconds; null for as long as the browser is open. */
  maxAge: number | null;
  sameSite: 'Strict' | 'Lax';
}

/** Written by hand: Koa does not know that the proxy's other side is encrypted, and refuses `Secure`. */
function setCookie(ctx: Context, name: string, { value, maxAge, sameSite }: CookieOptions): void {
  const age = maxAge === null ? '' : `; Max-Age=${maxAge}`;
  const secure = isEncrypted(ctx) ? '; Secure' : '';
  ctx.append('Set-Cookie', `${name}=${value}; Path=/${age}; HttpOnly; SameSite=${sameSite}${secure}`);
}

/** The refresh token that a visitor's session began with, if their browser has one. */
export function readSessionCookie(ctx: Context): string | undefined {
  return ctx.cookies.get(sessionCookie(ctx));
}

/** @param maxAge seconds; null for a session that is over when the browser is closed */
export function setSessionCookie(ctx: Context, refreshToken: string, maxAge: number | null): void {
  setCookie(ctx, sessionCookie(ctx), { value: refreshToken, maxAge, sameSite: 'Strict' });
}

export function clearSessionCookie(ctx: Context): void {
  setSessionCookie(ctx, '', 0);
}

/** What {@link keepPassword} sealed, if the visitor's browser has it. */
export function readKeptPassword(ctx: Context): string | undefined {
  return ctx.cookies.get(passwordCookie(ctx));
}

export function setKeptPassword(ctx: Context, sealed: string, maxAge: number | null): void {
  setCookie(ctx, passwordCookie(ctx), { value: sealed, maxAge, sameSite: 'Strict' });
}

export function clearKeptPassword(ctx: Context): void {
  setKeptPassword(ctx, '', 0);
}

/** The token by which a browser is known that has logged in before. */
export function readDeviceCookie(ctx: Context): string | undefined {
  return ctx.cookies.get(ownName(ctx, deviceCookie));
}

export function setDeviceCookie(ctx: Context, token: string): void {
  setCookie(ctx, ownName(ctx, deviceCookie), { value: token, maxAge: year, sameSite: 'Strict' });
}

/** The language that a visitor chose, if they did. */
export function readLanguageCookie(ctx: Context): Language | undefined {
  const value = ctx.cookies.get(ownName(ctx, languageCookie));
  return value === 'ko' || value === 'en' ? value : undefined;
}

export function setLanguageCookie(ctx: Context, language: Language): void {
  setCookie(ctx, ownName(ctx, languageCookie), { value: language, maxAge: year, sameSite: 'Lax' });
}
