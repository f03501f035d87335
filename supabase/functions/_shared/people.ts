/** People as Supabase Auth knows them: types only. */

export interface Person {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
}

/** Supabase Auth, asked who a session belongs to. */
export interface People {
  /**
   * The person of this session, or why there is none who may act.
   *
   * @param sessionToken A Supabase session's access token, not yet checked by anyone.
   */
  findPerson(sessionToken: string): Promise<
    { outcome: "found"; person: Person } | {
      outcome: "no_session" | "not_a_person" | "second_factor_required";
    }
  >;
}
