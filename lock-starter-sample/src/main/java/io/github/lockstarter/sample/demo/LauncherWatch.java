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

package io.github.lockstarter.sample.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Ends this server when the launcher is gone. The launcher holds the other end of the
 * standard input, which closes however the launcher ends.
 */
@Component
@Profile("demo")
class LauncherWatch {

	@EventListener(ApplicationReadyEvent.class)
	void start() {
		Thread thread = new Thread(LauncherWatch::awaitEnd, "launcher-watch");
		thread.setDaemon(true);
		thread.start();
	}

	private static void awaitEnd() {
		try (InputStream in = System.in) {
			in.transferTo(OutputStream.nullOutputStream());
		}
		catch (IOException ex) {
			// Gone as well
		}
		System.exit(0);
	}

}
