/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockstarter;

/**
 * A job, or the library itself, is declared in a way that cannot work. Stops the
 * application at start-up: a job that runs without its lock would be worse.
 *
 * @since 0.1.0
 */
public class InvalidJobException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/** What is wrong. */
	private final String problem;

	/** What to do. */
	private final String remedy;

	/**
	 * Create the exception.
	 * @param problem what is wrong, with class and method
	 * @param remedy what to do
	 */
	public InvalidJobException(String problem, String remedy) {
		super(problem + " " + remedy);
		this.problem = problem;
		this.remedy = remedy;
	}

	/**
	 * Return what is wrong.
	 * @return the problem, in one or two sentences
	 */
	public String problem() {
		return this.problem;
	}

	/**
	 * Return what to do.
	 * @return the remedy, in one or two sentences
	 */
	public String remedy() {
		return this.remedy;
	}

}
